using Shmem.Tests.Peer.Verbs;

return args switch
{
    ["chunk-run", var file] => ChunkRun.Run(file),
    ["chunk-neighbours", var file] => ChunkRun.RunNeighbours(file),
    ["die", var how] => DieVerb.Run(how),
    ["segments"] => Segments.Run(),
    ["worker", var how] => WorkerVerb.Run(how),
    ["broker"] => BrokerVerb.Run(),
    _ => Refuse(args),
};

static int Refuse(string[] args)
{
    Console.Error.WriteLine($"no such verb: {string.Join(' ', args)}");
    return 2;
}
