using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Akka.Actor;
using Shmem.Actors;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>A broker that counts leases, with one real worker and its spare, whose verb is <c>forking-worker</c>; all are told of one board.</summary>
internal sealed class ForkCampaign : IAsyncDisposable, IWorkerApplication
{
    public static readonly HolderId Broker = HolderId.Of(0, Environment.ProcessId);

    private readonly CampaignCertificate _certificate = CampaignCertificate.Create();
    private readonly Channel<object> _happened = Channel.CreateUnbounded<object>();
    private readonly ConcurrentDictionary<long, ShMem> _own = new();
    private readonly StdShMemProvider _provider = new();
    private readonly ActorSystem _system;
    private readonly IActorRef _leases;
    private ShMem _board = null!;
    private IActorRef _supervisor = null!;

    private ForkCampaign(IEnumerable<ShMemProvider> backends, Func<HolderId, Task>? watch, TimeProvider? time)
    {
        _system = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(_certificate));
        _leases = _system.ActorOf(RcShMemProviderActor.Props(new BrokerState(backends, time, watch)), "leases");
        var recorder = _system.ActorOf(Props.Create(() => new Recorder(_happened.Writer)));
        _system.EventStream.Subscribe(recorder, typeof(ICampaignEvent));
    }

    public ShMemId Board => _board.Id;

    /// <summary>The slot's checkpoint; the board, where nobody looks at one.</summary>
    public ShMemDescription? Checkpoint { get; set; }

    public static Task<ForkCampaign> Start(string how)
    {
        Require.Tool("setsid");
        return Start(["forking-worker", how], [new StdShMemProvider().Chosen]);
    }

    /// <param name="verb">What the workers are.</param>
    /// <param name="backends">The broker's; the first has the board.</param>
    /// <param name="watch">Ends when a process is gone; null for the system's word.</param>
    /// <param name="prepare">Called with the board, before a worker is started.</param>
    /// <param name="time">The clock of forks and restarts; null for the system's.</param>
    public static async Task<ForkCampaign> Start(string[] verb, IEnumerable<ShMemProvider> backends, Func<HolderId, Task>? watch = null,
        Func<ForkCampaign, ShMem, Task>? prepare = null, TimeProvider? time = null)
    {
        var campaign = new ForkCampaign(backends, watch, time);
        var created = await campaign.Ask<SegmentCreated>(new CreateSegment(4096, Broker, "board"));
        campaign._board = campaign._provider.Open(created.Segment);
        if (prepare is not null) await prepare(campaign, campaign._board);
        var options = new WorkerOptions(new WorkerLaunch(PeerCommand.Of(verb)), campaign._certificate.Export());
        campaign._supervisor = campaign._system.ActorOf(WorkerSupervisorActor.Props(options, campaign, campaign._leases), "workers");
        return campaign;
    }

    /// <summary>The next event of the type; what comes before it is passed over.</summary>
    public async Task<T> Next<T>(Func<T, bool>? which = null)
    {
        using var patience = new CancellationTokenSource(PeerCommand.Patience);
        while (true)
        {
            var happened = await _happened.Reader.ReadAsync(patience.Token);
            if (happened is WorkersFailed failed) Assert.Fail(failed.Reason);
            if (happened is WorkerExited { Exit.Stderr.Length: > 0 } exited) Assert.Fail(exited.Exit.Stderr);
            if (happened is T wanted && which?.Invoke(wanted) != false) return wanted;
        }
    }

    /// <summary>Waits until a worker's own word is as it should be.</summary>
    /// <returns>The worker's number.</returns>
    public async Task<long> WorkerAt(int offset, Func<long, bool> isSo)
    {
        var number = 0L;
        await Waiting.Until(() => (number = _own.FirstOrDefault(own => isSo(own.Value.Ref<long>(offset))).Key) > 0, PeerCommand.Patience,
            $"a worker has come to {offset}");
        return number;
    }

    public long OfWorker(long number, int offset) => Volatile.Read(ref _own[number].Ref<long>(offset));

    public void TellWorker(long number, int offset, long value) => Volatile.Write(ref _own[number].Ref<long>(offset), value);

    public long OnBoard(int offset) => Volatile.Read(ref _board.Ref<long>(offset));

    /// <summary>Says on the board which segment that is.</summary>
    public void Name(int offset, ShMemDescription segment) => segment.Write(_board.Slice(offset, ShMemDescription.EncodedSize));

    public bool BoardOpens() => Opens(_board.Description);

    public bool Opens(ShMemDescription segment)
    {
        try
        {
            _provider.Open(segment).Dispose();
            return true;
        }
        catch (ShMemException)
        {
            return false;
        }
    }

    public Task<T> Ask<T>(object request) => _leases.Ask<T>(request, PeerCommand.Patience);

    /// <summary>Asks until the broker's numbers are as they should be.</summary>
    public async Task Until(Func<ShMemStatistics, bool> isSo)
    {
        using var patience = new CancellationTokenSource(PeerCommand.Patience);
        while (!isSo(await Ask<ShMemStatistics>(GetStatistics.Instance))) await Task.Delay(10, patience.Token);
    }

    public Task StopWorkers() => _supervisor.Ask<WorkersStopped>(new StopWorkers(TimeSpan.Zero), PeerCommand.Patience);

    public async ValueTask DisposeAsync()
    {
        await StopWorkers();
        await _system.Terminate();
        foreach (var own in _own.Values) own.Dispose();
        _board.Dispose();
        _certificate.Dispose();
    }

    ShMem IWorkerApplication.CreateProcessSegment(long processNumber)
    {
        var segment = _provider.Create(4096);
        _own[processNumber] = _provider.Open(segment.Description);
        return segment;
    }

    ReadOnlyMemory<byte> IWorkerApplication.Payload(long processNumber) => default;

    ImmutableArray<NamedSegment> IWorkerApplication.Segments() => [new("board", NamedSegment.NoSlot, _board.Description)];

    SlotSegments IWorkerApplication.OpenSlot(int slot, int generation, long processNumber) => new(_board.Description, Checkpoint ?? _board.Description);

    ShMemDescription IWorkerApplication.NextSegment(int slot, int sequence) => _board.Description;

    ProcessVerdict IWorkerApplication.ProcessGone(WorkerGone gone) => ProcessVerdict.AfterFirstExecution;

    private sealed class Recorder : ReceiveActor
    {
        public Recorder(ChannelWriter<object> happened) => ReceiveAny(message => happened.TryWrite(message));
    }
}
