using Shmem.Tests.Peer.Verbs;

return args switch
{
    ["die", var how] => DieVerb.Run(how),
    _ => Refuse(args),
};

static int Refuse(string[] args)
{
    Console.Error.WriteLine($"no such verb: {string.Join(' ', args)}");
    return 2;
}
