using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Shmem.Actors;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Shmem.Benchmarks.Chaos;

namespace Shmem.Benchmarks.Deaths;

/// <summary>A broker in this process with one slot, whose workers are real processes and are killed one after another.</summary>
internal sealed class DeathCampaign : IWorkerApplication, IObserver<ICampaignEvent>, IAsyncDisposable
{
    /// <summary>Only to end a measurement that would wait for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CampaignCertificate _certificate = CampaignCertificate.Create();
    private readonly StdShMemProvider _provider = new();
    private readonly ShMem _slotMemory = new StdShMemProvider().Create(4096);
    private readonly ConcurrentDictionary<long, ShMem> _own = new();
    private readonly ConcurrentDictionary<long, int> _pids = new();
    private readonly ConcurrentDictionary<ShMemId, long> _freed = new();
    private readonly ConcurrentDictionary<long, bool> _ready = new();
    private readonly ActorSystem _system;
    private readonly IActorRef _leases;
    private readonly IActorRef _supervisor;
    private readonly IDisposable _subscription;
    private readonly bool _keepsSpare;
    private long _worker;
    private volatile string? _failure;

    public DeathCampaign(bool keepsSpare)
    {
        _keepsSpare = keepsSpare;
        _system = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(_certificate));
        _subscription = new CampaignEvents(_system).Subscribe(this);
        _leases = _system.ActorOf(RcShMemProviderActor.Props(_provider.Chosen), "leases");
        var options = new WorkerOptions(new WorkerLaunch(WorkerCommand.ThisExecutable("death-worker")), _certificate.Export()) { KeepsSpare = keepsSpare };
        _supervisor = _system.ActorOf(WorkerSupervisorActor.Props(options, this, _leases), "workers");
    }

    /// <summary>Kills the worker with SIGKILL once it works and, where there is a spare, that is warm.</summary>
    /// <returns>The time from the kill to the end of the worker's leases, and to its successor's first execution.</returns>
    public async Task<(TimeSpan LeasesEnded, TimeSpan Executes)> KillAsync()
    {
        await UntilAsync(IsAtRest).ConfigureAwait(false);
        var worker = Interlocked.Read(ref _worker);
        var holder = new HolderId(worker, _pids[worker], _own[worker].Ref<long>(DeathWorker.StartTime));
        // Nobody but the worker holds it, so it is freed when the worker's leases end.
        var created = await _leases.Ask<SegmentCreated>(new CreateSegment(4096, holder, "of the worker alone"), TimeLimits.Ask).ConfigureAwait(false);

        var killed = Stopwatch.GetTimestamp();
        if (LibcProcess.Kill(holder.Pid, LibcProcess.SIGKILL) != 0) throw new InvalidOperationException($"{holder} was gone already");

        await UntilAsync(() => _freed.ContainsKey(created.Segment.Id) && Interlocked.Read(ref _worker) != worker && Executed(_worker) > 0).ConfigureAwait(false);
        _ready.TryRemove(worker, out _);
        return (Stopwatch.GetElapsedTime(killed, _freed[created.Segment.Id]), Stopwatch.GetElapsedTime(killed, Executed(_worker)));
    }

    /// <summary>The pids of the worker and its spare, once it works and that is warm.</summary>
    public async Task<IReadOnlyCollection<int>> WorkersAtRestAsync()
    {
        await UntilAsync(IsAtRest).ConfigureAwait(false);
        return [.. _pids.Values];
    }

    /// <summary>
    /// What this process has open while a worker works and, where there is a spare, that is warm. After a collection: the socket of a connection that the dead one refuses
    /// is left to the collector by Akka's transport.
    /// </summary>
    public async Task<OpenHandles> OpenAtRestAsync()
    {
        await UntilAsync(IsAtRest).ConfigureAwait(false);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return OpenHandles.Of(Environment.ProcessId);
    }

    public async ValueTask DisposeAsync()
    {
        await _supervisor.Ask<WorkersStopped>(new StopWorkers(TimeSpan.Zero), Patience).ConfigureAwait(false);
        _subscription.Dispose();
        await _system.Terminate().ConfigureAwait(false);
        foreach (var own in _own.Values) own.Dispose();
        _slotMemory.Dispose();
        _certificate.Dispose();
    }

    void IObserver<ICampaignEvent>.OnNext(ICampaignEvent value)
    {
        switch (value)
        {
            case SegmentFreed freed:
                _freed[freed.Id] = Stopwatch.GetTimestamp();
                break;
            case WorkerStarted started:
                _pids[started.ProcessNumber] = started.Pid;
                break;
            case WorkerReady ready:
                _ready[ready.ProcessNumber] = true;
                break;
            case WorkersFailed failed:
                _failure = failed.Reason;
                break;
        }
    }

    void IObserver<ICampaignEvent>.OnError(Exception error) => _failure = error.Message;

    void IObserver<ICampaignEvent>.OnCompleted()
    {
    }

    ShMem IWorkerApplication.CreateProcessSegment(long processNumber)
    {
        var segment = _provider.Create(4096);
        // A view that outlives the supervisor's, to be read when the process is gone.
        _own[processNumber] = _provider.Open(segment.Description);
        return segment;
    }

    ReadOnlyMemory<byte> IWorkerApplication.Payload(long processNumber) => default;

    ImmutableArray<NamedSegment> IWorkerApplication.Segments() => [];

    SlotSegments IWorkerApplication.OpenSlot(int slot, int generation, long processNumber)
    {
        Interlocked.Exchange(ref _worker, processNumber);
        return new SlotSegments(_slotMemory.Description, _slotMemory.Description);
    }

    ShMemDescription IWorkerApplication.NextSegment(int slot, int sequence) => _slotMemory.Description;

    ProcessVerdict IWorkerApplication.ProcessGone(WorkerGone gone)
    {
        // Beside the dead one's there are its successor's and a spare's.
        while (_own.Count > 3 && _own.TryRemove(_own.Keys.Min(), out var oldest)) oldest.Dispose();
        return ProcessVerdict.AfterFirstExecution;
    }

    private bool IsAtRest() => Executed(_worker) > 0 && (!_keepsSpare || _ready.Keys.Any(number => number != _worker));

    private long Executed(long worker) => _own.TryGetValue(worker, out var own) ? Volatile.Read(ref own.Ref<long>(DeathWorker.FirstExecution)) : 0;

    /// <summary>Looks every millisecond. What is waited for bears its own time, so this adds nothing to it.</summary>
    private async Task UntilAsync(Func<bool> isSo)
    {
        for (var clock = Stopwatch.StartNew(); !isSo(); await Task.Delay(1).ConfigureAwait(false))
        {
            if (_failure is { } failure) throw new InvalidOperationException(failure);
            if (clock.Elapsed > Patience) throw new TimeoutException($"No successor works after {Patience.TotalSeconds:0} s.");
        }
    }
}
