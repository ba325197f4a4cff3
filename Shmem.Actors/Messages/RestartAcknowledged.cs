using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>The answer to <see cref="OnRestart"/>, <see cref="SucceedHolder"/> and <see cref="AcknowledgeRestart"/>: it is done.</summary>
/// <param name="Predecessor">The process that is, or will be, succeeded.</param>
public sealed record RestartAcknowledged(HolderId Predecessor) : ICampaignMessage;
