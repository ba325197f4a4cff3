using Akka.Actor;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Hands what happens to the workers to a delegate, on an actor's thread.</summary>
internal sealed class EventRelay : ReceiveActor
{
    private EventRelay(Action<object> happened) => ReceiveAny(happened);

    public static Props Props(Action<object> happened) => Akka.Actor.Props.Create(() => new EventRelay(happened));
}
