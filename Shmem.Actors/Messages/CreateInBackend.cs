using Akka.Actor;

namespace Shmem.Actors.Messages;

/// <summary>A request to create, on its way to the backend's actor.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="ReplyTo">Who asked.</param>
internal sealed record CreateInBackend(CreateSegment Request, IActorRef ReplyTo);
