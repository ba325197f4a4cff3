using Shmem.Tests.Peer.Verbs;

return args switch
{
    ["segments"] => Segments.Run(),
    _ => Refuse(args),
};

static int Refuse(string[] args)
{
    Console.Error.WriteLine($"no such verb: {string.Join(' ', args)}");
    return 2;
}
