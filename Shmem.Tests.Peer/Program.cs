using Shmem.Tests.Peer.Verbs;

return args switch
{
    ["segments"] => Segments.Run(),
    ["readme-second-process"] => ReadmeExamples.Run(),
    _ => Refuse(args),
};

static int Refuse(string[] args)
{
    Console.Error.WriteLine($"no such verb: {string.Join(' ', args)}");
    return 2;
}
