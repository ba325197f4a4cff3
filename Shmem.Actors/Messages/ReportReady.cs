namespace Shmem.Actors.Messages;

/// <summary>A process has loaded its target, is warm, and can take a slot.</summary>
/// <param name="ProcessNumber">The number that the broker gave it at its start.</param>
public sealed record ReportReady(long ProcessNumber) : ICampaignMessage;
