namespace Shmem.Actors.Messages;

/// <summary>A process asks to take part; the broker answers <see cref="CampaignJoined"/> or <see cref="RequestRefused"/>.</summary>
/// <param name="ProcessNumber">The number that the broker gave it at its start.</param>
/// <param name="Pid">Its pid, as it sees it.</param>
/// <param name="KernelStartTime">As <see cref="Shmem.Backends.Lifetime.HolderId.KernelStartTime"/>.</param>
public sealed record JoinCampaign(long ProcessNumber, int Pid, long KernelStartTime) : ICampaignRequest;
