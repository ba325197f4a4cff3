using Microsoft.Extensions.Logging.Abstractions;
using Shmem.Backends.Coverage;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Tests.Engine.Broker;

/// <summary>A judge of a target that there is not: all that it could run again needs a segment first.</summary>
internal static class TestJudge
{
    public static WorkerPayload Payload { get; } = new()
    {
        Target = new TargetSpec("/a/Lib.dll", "Lib.Type", "Method", []), SetIdentity = "00ff", SetAssemblies = [], Expect = [], RandomSeed = 1, StartTick = 0,
    };

    public static DeathJudge Create(ISegmentSource segments, OutputFolder folder, CoverageBoard board, FindingDesk desk, Action<string> warn)
    {
        var limits = new VerdictLimits(TimeSpan.FromSeconds(1), 1 << 28, TimeSpan.Zero);
        return new DeathJudge(new VerdictRunner(segments, Payload, 64, TargetTypeNames.None), board, desk, new UnreproducedInputs(folder.Unreproduced, NullLogger.Instance),
            TargetTypeNames.None, limits, _ => null, warn, NullLogger<DeathJudge>.Instance);
    }
}
