namespace Shmem.Actors.Messages;

/// <summary>A process has stopped its work as <see cref="StopWorker"/> asked, and is about to exit.</summary>
/// <param name="ProcessNumber">The number that the broker gave it at its start.</param>
public sealed record ReportStopped(long ProcessNumber) : ICampaignMessage;
