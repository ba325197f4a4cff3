using Akka.Actor;
using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>The backend's actor owns a new segment, which nobody holds yet.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="ReplyTo">Who asked.</param>
/// <param name="Segment">The segment.</param>
internal sealed record CreatedInBackend(CreateSegment Request, IActorRef ReplyTo, ShMemDescription Segment);
