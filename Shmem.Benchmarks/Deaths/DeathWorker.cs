using System.Collections.Immutable;
using System.Diagnostics;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;

namespace Shmem.Benchmarks.Deaths;

/// <summary>
/// A worker without a target: what is measured is the runtime's part of a death, not a library's start. In its own segment stands, as 64-bit numbers: at
/// <see cref="FirstExecution"/> the time of its first execution, at <see cref="StartTime"/> the kernel's of its start, which makes it a holder of leases.
/// </summary>
internal sealed class DeathWorker(ShMem own, long startTime) : IWorkerHandler
{
    /// <summary>A timestamp of <see cref="Stopwatch"/>, whose clock all processes share (CLOCK_MONOTONIC); 0 before.</summary>
    public const long FirstExecution = 0;

    public const long StartTime = 8;

    private WorkerConnection? _connection;

    /// <summary>The hidden verb <c>death-worker</c>: until it is killed.</summary>
    public static int Run()
    {
        var host = WorkerHost.Start();
        var own = new StdShMemProvider().Open(host.Bootstrap.Segment);
        host.JoinAsync(new DeathWorker(own, host.Holder.KernelStartTime)).GetAwaiter().GetResult();
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    public void Joined(WorkerConnection connection, ImmutableArray<NamedSegment> segments)
    {
        _connection = connection;
        connection.ReportReady();
    }

    public void SlotAssigned(SlotAssigned slot)
    {
        Volatile.Write(ref own.Ref<long>(StartTime), startTime);
        Volatile.Write(ref own.Ref<long>(FirstExecution), Stopwatch.GetTimestamp());
    }

    public void SegmentAnnounced(NamedSegment segment)
    {
    }

    public void NextSegmentGranted(NextSegmentGranted granted)
    {
    }

    public void Refused(RequestRefused refusal) => throw new InvalidOperationException(refusal.Why);

    public void StopRequested(TimeSpan grace)
    {
        _connection!.ReportStopped();
        Environment.Exit(0);
    }
}
