using Akka.Actor;
using Akka.Event;

namespace Shmem.Actors;

/// <summary>
/// What happens in a campaign, in the order in which it does. An actor subscribes to <see cref="ICampaignEvent"/>, or to any one of the records, on the broker's
/// event stream; whoever is no actor subscribes here.
/// </summary>
/// <remarks>
/// <para>Of one worker process: <c>WorkerStarted</c>, <c>WorkerJoined</c> and <c>WorkerReady</c> where it comes so far, and at last <c>WorkerExited</c>, which says how: exit code, signal, what
/// we killed it for and whether its time was over, and the kind of death where the application can tell.</para>
/// <para>Of one slot: a <c>WorkerRespawned</c> for each generation after the first. Where the spare was ready it comes just before the <c>WorkerExited</c> of the
/// generation before, because the work goes on first. Where its processes die too
/// early, too often, a <c>SlotGaveUp</c> comes just before the <c>WorkerExited</c> of the last one, if it is for a death: its segments may have been refused; where a killed process does not end, a <c>SlotParked</c>, and that one's
/// <c>WorkerExited</c> when it does.</para>
/// <para>Of processes that die too often before they have a slot, or cannot be started: a <c>WorkerStartsFailed</c> just before the <c>WorkerExited</c> of the last one, if one was started, once until a
/// <c>WorkerReady</c> comes.</para>
/// <para>Of all workers: <c>WorkersFailed</c>, when nobody is started any more; the <c>WorkerExited</c> of those that still ran come after it.</para>
/// <para>Of one fork: <c>ForkPrepared</c>, and then either <c>ForkCompleted</c> or <c>ForkAborted</c>, once.</para>
/// <para>Of one segment that is leased: <c>SegmentFreed</c>, once, after the event that ended the last that kept it: a <c>WorkerExited</c> or <c>ForkAborted</c>. A
/// lease that is released, the death of a fork's child that had claimed, and a restart that is acknowledged or whose grace time is over have no event of their own. A
/// process's own segment is not leased: it goes before the <c>WorkerExited</c>, without an event.</para>
/// <para>Of what still lives when its actor is stopped, as by the system's end, no end is told: stop the workers first (<c>StopWorkers</c>).</para>
/// <para>Between different workers, slots, forks and segments there is no other order.</para>
/// <para>
/// <code>
/// using var subscription = new CampaignEvents(system).Subscribe(observer);
/// </code>
/// </para>
/// </remarks>
/// <param name="system">The broker's actor system.</param>
public sealed class CampaignEvents(ActorSystem system) : IObservable<ICampaignEvent>
{
    /// <summary>Subscribes to what happens from now on.</summary>
    /// <param name="observer">
    /// Called one event at a time, and told of the completion when the actor system ends. One that throws is logged, and hears no more.
    /// </param>
    /// <returns>Ends the subscription when it is disposed: no call begins after that.</returns>
    public IDisposable Subscribe(IObserver<ICampaignEvent> observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        var subscription = new Subscription(system, observer);
        subscription.Begin();
        return subscription;
    }

    private sealed class Subscription(ActorSystem system, IObserver<ICampaignEvent> observer) : IDisposable
    {
        private readonly Lock _lock = new();
        private IActorRef _listener = ActorRefs.Nobody;
        private bool _disposed;

        public void Begin()
        {
            _listener = system.ActorOf(Props.Create(() => new Listener(this)));
            system.EventStream.Subscribe(_listener, typeof(ICampaignEvent));
        }

        /// <summary>Calls the observer, unless it is over. Reentrant: an observer may dispose its own subscription.</summary>
        /// <returns>False when it is over.</returns>
        public bool Call(Action<IObserver<ICampaignEvent>> call)
        {
            lock (_lock)
            {
                if (!_disposed) call(observer);
                return !_disposed;
            }
        }

        public void Dispose()
        {
            lock (_lock) _disposed = true;
            system.Stop(_listener);
        }
    }

    private sealed class Listener : ReceiveActor
    {
        private readonly Subscription _subscription;

        public Listener(Subscription subscription)
        {
            _subscription = subscription;
            Receive<ICampaignEvent>(happened =>
            {
                if (!subscription.Call(observer => observer.OnNext(happened))) Context.Stop(Self);
            });
        }

        protected override void PreRestart(Exception reason, object message)
        {
            Context.GetLogger().Error(reason, "An observer failed at {0}, and hears no more", message);
            _subscription.Dispose();
        }

        /// <summary>Stopped by the end of the system, or by the subscription's, which then calls nobody.</summary>
        protected override void PostStop() => _subscription.Call(observer => observer.OnCompleted());
    }
}
