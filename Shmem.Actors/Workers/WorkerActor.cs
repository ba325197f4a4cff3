using Akka.Actor;
using Shmem.Actors.Messages;

namespace Shmem.Actors.Workers;

/// <summary>A worker's actor: joins the campaign, and hands the broker's messages to the application.</summary>
internal sealed class WorkerActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan RetryEvery = TimeSpan.FromMilliseconds(500);

    private readonly WorkerHost _host;
    private readonly IWorkerHandler _handler;
    private readonly TimeSpan _unreachableLimit;
    private readonly TaskCompletionSource<WorkerConnection> _joined;
    private WorkerConnection _connection = null!;

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
            Context.Watch(Sender);
            Become(Joined);
            var connection = _connection = new WorkerConnection(Sender, Self, holder);
            foreach (var segment in joined.Segments) connection.Given(segment.Description);
            Handle(() => _handler.Joined(connection, joined.Segments));
            _joined.TrySetResult(connection);
        });
    }

    private void Joined()
    {
        Receive<SegmentAnnounced>(message =>
        {
            _connection.Given(message.Segment.Description);
            Handle(() => _handler.SegmentAnnounced(message.Segment));
        });
        Receive<SlotAssigned>(message =>
        {
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
            Sender.Tell(new ReportFailure(_host.Holder.ProcessNumber, $"failed: {failed.GetType().Name}: {failed.Message}"), Self);
        }
    }

    private sealed class TryToJoin
    {
        public static readonly TryToJoin Instance = new();
    }

    private sealed class BrokerIsLost
    {
        public static readonly BrokerIsLost Instance = new();
    }
}
