using System.Diagnostics;
using Akka.Actor;
using Shmem.Actors.Workers;
using Shmem.Backends.Slots;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Looks at the workers' memory again and again: who is stuck in one execution, or takes too much memory, is killed.</summary>
internal sealed class WorkerMonitor(FuzzApplication application, IActorRef supervisor, long residentLimit)
{
    private static readonly TimeSpan MemoryEvery = TimeSpan.FromMilliseconds(200);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _memoryAt;

    /// <summary>The largest resident memory that was seen, in bytes.</summary>
    public long PeakResident { get; private set; }

    /// <summary>One look at everybody; about every 20 ms.</summary>
    public void Look()
    {
        var now = _clock.Elapsed;
        var looksAtMemory = now - _memoryAt >= MemoryEvery;
        if (looksAtMemory) _memoryAt = now;
        foreach (var worker in application.Workers)
        {
            if (worker.Look() is not { } seen) continue;
            if (worker.Watch.IsStuck(now, seen.Executions, seen.Phase == ProcessPhase.Running, worker.Waited)) Kill(worker, KillReasons.Hang, isTimeOut: true);
            if (!looksAtMemory || worker.Pid == 0 || ResidentMemory.Of(worker.Pid) is not { } resident) continue;
            PeakResident = Math.Max(PeakResident, resident);
            if (resident > residentLimit) Kill(worker, KillReasons.Memory);
        }
    }

    private void Kill(LiveWorker worker, string reason, bool isTimeOut = false)
    {
        if (worker.TryKill()) supervisor.Tell(new KillWorker(worker.Number, reason, isTimeOut));
    }
}
