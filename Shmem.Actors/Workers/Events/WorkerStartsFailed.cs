namespace Shmem.Actors.Workers.Events;

/// <summary>
/// Published on the broker's event stream: too many starts in a row have failed (see <see cref="WorkerOptions.EarlyDeaths"/>). Where a slot waits for a process, one is started at a time, after
/// ever longer waits, until one is ready; there is no spare until then. Said once until then.
/// </summary>
/// <param name="Reason">How the last one ended.</param>
public sealed record WorkerStartsFailed(string Reason) : ICampaignEvent;
