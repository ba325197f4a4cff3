using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: a fork has come to nothing. What only it kept is freed, and <see cref="Messages.SegmentFreed"/> follows.</summary>
/// <param name="Parent">Who announced the fork; it may be gone by now.</param>
/// <param name="Token">The fork's token.</param>
/// <param name="Child">The child; null where it was never known.</param>
/// <param name="How">Why: taken back, timed out, or the child was gone. Never <see cref="ForkEnd.Claimed"/>.</param>
public sealed record ForkAborted(HolderId Parent, ForkToken Token, HolderId? Child, ForkEnd How) : ICampaignEvent;
