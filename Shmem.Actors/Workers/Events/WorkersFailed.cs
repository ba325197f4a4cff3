namespace Shmem.Actors.Workers.Events;

/// <summary>
/// Published on the broker's event stream: no slot is left, the program cannot be started, nobody lives and starts fail again and again (see <see cref="WorkerOptions.EarlyDeaths"/>), or the
/// supervisor has met a bug. What still runs is killed, nobody is started any more, and <see cref="StopWorkers"/> is still answered.
/// </summary>
/// <param name="Reason">Why, for people.</param>
public sealed record WorkersFailed(string Reason) : ICampaignEvent;
