using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// The child lives: what was kept under the token is its own from here on. Sent by the child, or by its parent for a child that cannot send messages, such as a native
/// fork server. Claiming again, in time, is harmless. Answered by <see cref="ForkAcknowledged"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="Token">As <see cref="ForkPrepared"/> gave it.</param>
/// <param name="Child">The child, under its <see cref="ForkPrepared.ChildNumber"/>.</param>
/// <param name="LastChild">
/// Where the child is a native fork server: a segment of the broker's whose first word says which child it has reported last (<see cref="ForkServerChild"/>). When the server
/// is gone, that child is killed, and its end awaited, before the server's leases end. Empty for any other child.
/// </param>
public sealed record ClaimFork(ForkToken Token, HolderId Child, ShMemId LastChild = default) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Child;
}
