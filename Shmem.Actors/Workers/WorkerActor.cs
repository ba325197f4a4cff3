using Akka.Actor;
using Shmem.Actors.Messages;

namespace Shmem.Actors.Workers;

/// <summary>A worker's actor: joins the campaign, and hands the broker's messages to the application.</summary>
/// <remarks>
/// A connection that breaks takes with it what is under way, and neither side learns of it. So what the broker has to know is told again until it shows in what the broker does, and
/// what the broker tells is said back, which it waits for. The application meets each once.
/// </remarks>
internal sealed class WorkerActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Longer, since a spare is ready for as long as nobody dies.</summary>
    private static readonly TimeSpan ReadyEvery = TimeSpan.FromSeconds(2);

    private readonly WorkerHost _host;
    private readonly IWorkerHandler _handler;
    private readonly TimeSpan _unreachableLimit;
    private readonly TaskCompletionSource<WorkerConnection> _joined;
    private readonly HashSet<NamedSegment> _segments = [];
    private bool _hasSlot;
    private WorkerConnection _connection = null!;
    private IActorRef _broker = null!;

    public WorkerActor(WorkerHost host, IWorkerHandler handler, TimeSpan unreachableLimit, TaskCompletionSource<WorkerConnection> joined)
    {
        _host = host;
        _handler = handler;
        _unreachableLimit = unreachableLimit;
        _joined = joined;
        Become(Joining);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(TryToJoin), TryToJoin.Instance, TimeSpan.Zero, RetryEvery);

    private void Joining()
    {
        var holder = _host.Holder;
        Receive<TryToJoin>(_ => Context.ActorSelection(_host.Bootstrap.Broker)
            .Tell(new JoinCampaign(holder.ProcessNumber, holder.Pid, holder.KernelStartTime), Self));
        Receive<RequestRefused>(refusal =>
            _joined.TrySetException(new InvalidOperationException($"The campaign refused this process: {refusal.Why}. {refusal.Remedy}")));
        Receive<CampaignJoined>(joined =>
        {
            Timers.Cancel(nameof(TryToJoin));
            _broker = Context.Watch(Sender);
            Become(Joined);
            var connection = _connection = new WorkerConnection(_broker, Self, holder);
            _segments.UnionWith(joined.Segments);
            foreach (var segment in joined.Segments) connection.Given(segment.Description);
            Handle(() => _handler.Joined(connection, joined.Segments));
            _joined.TrySetResult(connection);
        });
    }

    private void Joined()
    {
        Receive<SegmentAnnounced>(message =>
        {
            _broker.Tell(message, Self);
            if (!_segments.Add(message.Segment)) return;
            _connection.Given(message.Segment.Description);
            Handle(() => _handler.SegmentAnnounced(message.Segment));
        });
        Receive<SlotAssigned>(message =>
        {
            _broker.Tell(message, Self);
            // A process gets one slot in its life.
            if (_hasSlot) return;
            _hasSlot = true;
            Timers.Cancel(nameof(ReportReady));
            _connection.Given(message.Log);
            _connection.Given(message.Checkpoint);
            Handle(() => _handler.SlotAssigned(message));
        });
        Receive<NextSegmentGranted>(message =>
        {
            _connection.Given(message.Segment);
            Handle(() => _handler.NextSegmentGranted(message));
        });
        Receive<CheckpointSegmentGranted>(message =>
        {
            _connection.Given(message.Segment);
            Handle(() => _handler.CheckpointSegmentGranted(message));
        });
        Receive<RequestRefused>(message => Handle(() => _handler.Refused(message)));
        Receive<StopWorker>(message => Handle(() => _handler.StopRequested(message.Grace)));
        Receive<ReportReady>(message =>
        {
            if (!_hasSlot) Repeat(message, ReadyEvery);
        });
        Receive<ReportFailure>(message => Repeat(message, RetryEvery));
        Receive<Report>(report => _broker.Tell(report.Message, Self));
        // The second answer to a join that was asked twice.
        Receive<CampaignJoined>(_ => { });
        Receive<TryToJoin>(_ => { });
        // After this Akka never delivers to that broker again. The pipe's end is the quicker sign, unless the broker hangs.
        Receive<Terminated>(_ => Timers.StartSingleTimer(nameof(BrokerIsLost), BrokerIsLost.Instance, _unreachableLimit));
        Receive<BrokerIsLost>(_ => ProcessGroup.KillOwn());
    }

    private void Handle(Action call)
    {
        try
        {
            call();
        }
#pragma warning disable CA1031 // Whatever it is, the broker decides what becomes of the process.
        catch (Exception failed)
#pragma warning restore CA1031
        {
            _connection.ReportFailure($"failed: {failed.GetType().Name}: {failed.Message}");
        }
    }

    /// <summary>Tells the broker now, and again until the timer is cancelled or the process killed.</summary>
    private void Repeat(ICampaignMessage message, TimeSpan interval)
    {
        // In this order: who has heard it may count on hearing it again.
        Timers.StartPeriodicTimer(message.GetType().Name, new Report(message), interval);
        _broker.Tell(message, Self);
    }

    private sealed class TryToJoin
    {
        public static readonly TryToJoin Instance = new();
    }

    private sealed record Report(ICampaignMessage Message);

    private sealed class BrokerIsLost
    {
        public static readonly BrokerIsLost Instance = new();
    }
}
