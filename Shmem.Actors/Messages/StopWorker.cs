namespace Shmem.Actors.Messages;

/// <summary>The broker asks a process to end its work and exit; it is killed when it has not by the end of the grace time, whether this has arrived or not.</summary>
/// <param name="Grace">How long it has; not negative.</param>
public sealed record StopWorker(TimeSpan Grace) : ICampaignMessage;
