using Akka.Actor;

namespace Shmem.Actors.Messages;

/// <summary>The backend could not create a segment.</summary>
/// <param name="ReplyTo">Who asked.</param>
/// <param name="Refusal">The answer for them.</param>
internal sealed record RefusedInBackend(IActorRef ReplyTo, RequestRefused Refusal);
