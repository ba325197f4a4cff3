using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>The answer to <see cref="PostFork"/>, <see cref="ClaimFork"/> and <see cref="AbortFork"/>: it is done.</summary>
/// <param name="Token">The fork's token.</param>
public sealed record ForkAcknowledged(ForkToken Token) : ICampaignMessage;
