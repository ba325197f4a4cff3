using Akka.Actor;
using Shmem.Actors.Workers.Events;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Hands what happens to the workers to a delegate, on an actor's thread. Disposing ends it.</summary>
internal sealed class EventRelay : ReceiveActor
{
    private EventRelay(Action<object> happened) => ReceiveAny(happened);

    public static IAsyncDisposable Start(ActorSystem system, Action<object> happened)
    {
        var relay = system.ActorOf(Props.Create(() => new EventRelay(happened)), "events");
        foreach (var type in (Type[])[typeof(WorkerStarted), typeof(SlotGaveUp), typeof(WorkersFailed)]) system.EventStream.Subscribe(relay, type);
        return new Subscription(system, relay);
    }

    private sealed class Subscription(ActorSystem system, IActorRef relay) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            system.EventStream.Unsubscribe(relay);
            system.Stop(relay);
            return ValueTask.CompletedTask;
        }
    }
}
