using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Targets;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class FuzzApplicationTests : IDisposable
{
    private static readonly ShMemDescription NoSegment = new(ShMemId.Parse("heap:1"), 4096);

    private readonly FuzzApplication _application;

    public FuzzApplicationTests()
    {
        var provider = new HeapShMemProvider();
        var payload = new WorkerPayload
        {
            Target = new TargetSpec("/a/Lib.dll", "Lib.Type", "Method", []), SetIdentity = "00ff", SetAssemblies = [], Expect = [], RandomSeed = 1, StartTick = 0,
        };
        _application = new FuzzApplication(provider, new BrokerSegments(ActorRefs.Nobody, provider, new HolderId(0, 1, 1)), payload, 64, TimeSpan.FromSeconds(1),
            NoSegment, NoSegment, _ => { }, () => 0, NullLogger<FuzzApplication>.Instance);
    }

    public void Dispose() => _application.Dispose();

    [Theory]
    [InlineData(134, "Stack overflow.\n   at A.B()\n", "StackOverflow")]
    [InlineData(134, "Unhandled exception. System.InvalidOperationException: no\n   at A.B()\n", "UnhandledException")]
    [InlineData(134, "Process terminated.\ngone\n   at A.B()\n", "FailFast")]
    [InlineData(137, "", "Signal")]
    [InlineData(3, "", "Exit")]
    public void A_death_s_kind_is_told_by_the_exit_code_and_the_last_words(int exitCode, string stderr, string kind)
    {
        var exit = new WorkerExit(exitCode, WorkerExitCause.Own, null, stderr);
        Assert.Equal(kind, _application.KindOf(exit));
        Assert.Null(_application.KindOf(exit with { Cause = WorkerExitCause.Killed, KilledFor = KillReasons.Memory }));
        Assert.Null(_application.KindOf(exit with { Cause = WorkerExitCause.TimedOut, KilledFor = KillReasons.Hang }));
        _application.BeginStop();
        Assert.Null(_application.KindOf(exit));
    }
}
