using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>The answer to <see cref="PreFork"/>: the child may be started. Also published on the broker's event stream.</summary>
/// <param name="Parent">Who starts the child.</param>
/// <param name="Token">What the child claims its leases with; the parent gives it to the child.</param>
/// <param name="ChildNumber">The process number that the child bears as a holder.</param>
/// <param name="Leases">How many leases are kept for it.</param>
public sealed record ForkPrepared(HolderId Parent, ForkToken Token, long ChildNumber, int Leases) : ICampaignMessage, ICampaignEvent;
