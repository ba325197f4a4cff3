namespace Shmem.Actors.Messages;

/// <summary>A process cannot go on, through no fault of the target.</summary>
/// <param name="ProcessNumber">The number that the broker gave it at its start.</param>
/// <param name="Reason">Why, for people; what is past 1024 characters is cut on the way.</param>
public sealed record ReportFailure(long ProcessNumber, string Reason) : ICampaignMessage;
