using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Targets;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

public sealed class WorkerPayloadTests
{
    private static readonly WorkerPayload Least = new()
    {
        Target = new TargetSpec("/a/Lib.dll", "Lib.Type", "Method", []),
        SetIdentity = "00ff",
        SetAssemblies = [],
        Expect = [],
        RandomSeed = ulong.MaxValue,
        StartTick = -1,
    };

    private static readonly WorkerPayload Full = Least with
    {
        Target = new TargetSpec("/ä/Lib.dll", "Lib.Outer+Inner", "Method", ["Lib*", "Other"], 1 << 20) { Guard = ShMemGuard.Before },
        SetAssemblies = ["/ä/Lib.dll", "/ä/Other.dll"],
        Expect = ["System.FormatException"],
        Dictionary = "/tokens",
        Names = "campaign",
        Verdict = new VerdictOrder(Description(1), Description(2), Description(3), Generation: 4, LateMilliseconds: 5, FirstNumber: 6, Next: Description(7)),
    };

    [Fact]
    public void What_the_broker_writes_the_worker_reads()
    {
        Check(Least);
        Check(Full);
        Check(Full with { Verdict = Full.Verdict! with { Board = null } });
        Check(Full with { Verdict = Full.Verdict! with { Next = null } });
    }

    [Fact]
    public void A_payload_that_is_cut_off_is_refused()
    {
        var bytes = Full.ToBytes();
        for (var length = 0; length < bytes.Length; length++)
            Assert.ThrowsAny<Exception>(() => WorkerPayload.FromBytes(bytes.AsSpan(0, length)));
    }

    private static void Check(WorkerPayload payload)
    {
        var read = WorkerPayload.FromBytes(payload.ToBytes());
        Assert.Equivalent(payload, read, strict: true);
        Assert.Equal(payload.Verdict, read.Verdict);
    }

    private static ShMemDescription Description(int number) => new(ShMemId.Parse($"memfd:1.{number}.9"), 4096 * number);
}
