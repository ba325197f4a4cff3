using Shmem.Tests.Peer.Verbs;

return args switch
{
    ["chunk-run", var file] => ChunkRun.Run(file),
    ["chunk-neighbours", var file] => ChunkRun.RunNeighbours(file),
    ["die", var how] => DieVerb.Run(how),
    ["segments"] => Segments.Run(),
    ["holder"] => HolderVerb.Run(),
    ["service", var backend, var mostOpenForks] => ServiceVerb.Run(backend, mostOpenForks),
    ["claim", var board, var identity, var log, var next, var process, var steps] => ClaimVerb.Claim(board, identity, log, next, process, steps),
    ["append", var log, var next, var length, var steps] => ClaimVerb.Append(log, next, length, steps),
    ["race", var board, var identity, var log] => ClaimVerb.Race(board, identity, log),
    ["checkpoint", var segment, var length, var steps, var larger] => SlotVerb.Checkpoint(segment, length, steps, larger),
    ["mutate", var segment, var length] => SlotVerb.Mutate(segment, length),
    ["parents", var segment] => SlotVerb.Parents(segment),
    ["mutex-lock", var segment, var steps] => SignalVerb.Lock(segment, steps),
    ["mutex-add", var segment, var rounds] => SignalVerb.Add(segment, rounds),
    ["signal-echo", var segment, var rounds] => SignalVerb.Echo(segment, rounds),
    ["signal-notify", var segment, var steps] => SignalVerb.Notify(segment, steps),
    ["signal-sleep", var segment] => SignalVerb.Sleep(segment),
    ["arena-use", var segment, var cell, var steps] => ArenaVerb.Use(segment, cell, steps),
    ["arena-sweep", var segment, var steps] => ArenaVerb.Sweep(segment, steps),
    ["arena-churn", var segment] => ArenaVerb.Churn(segment),
    ["ring-write", var segment, var steps] => RingVerb.Write(segment, steps),
    ["ring-read", var segment, var start, var steps] => RingVerb.Read(segment, start, steps),
    ["ring-pour", var segment, var writer, var messages] => RingVerb.Pour(segment, writer, messages),
    ["ring-drink", var segment] => RingVerb.Drink(segment),
    ["ring-follow", var segment] => RingVerb.Follow(segment),
    ["death-watch"] => DeathWatchVerb.Run(),
    ["readme-second-process"] => ReadmeExamples.Run(),
    ["worker", var how] => WorkerVerb.Run(how),
    ["leader", var how] => LeaderVerb.Run(how),
    ["broker"] => BrokerVerb.Run(),
    ["forking-worker", var how] => ForkingWorker.Run(how),
    ["fork-server-worker", var program, var requests, var reports, var reads] when !OperatingSystem.IsWindows() => ForkServerWorker.Run(program, requests, reports, reads),
    ["silent-server-worker", var program] => SilentServerWorker.Run(program),
    ["forked-child", var how] => ForkedChild.Run(how),
    _ => Refuse(args),
};

static int Refuse(string[] args)
{
    Console.Error.WriteLine($"no such verb: {string.Join(' ', args)}");
    return 2;
}
