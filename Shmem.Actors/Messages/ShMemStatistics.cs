namespace Shmem.Actors.Messages;

/// <summary>What the broker holds at one moment. The answer to <see cref="GetStatistics"/>.</summary>
/// <param name="Segments">Segments that live.</param>
/// <param name="Bytes">Their sizes in sum.</param>
/// <param name="Leases">Leases on them.</param>
/// <param name="Holders">Processes that hold at least one lease.</param>
/// <param name="Created">Segments created since the start.</param>
/// <param name="Freed">Segments freed since the start.</param>
/// <param name="Refused">Requests refused since the start.</param>
/// <param name="Forks">Forks whose child has not claimed yet.</param>
/// <param name="Restarts">Processes that are gone and whose leases are kept for a successor.</param>
public sealed record ShMemStatistics(int Segments, long Bytes, int Leases, int Holders, long Created, long Freed, long Refused, int Forks = 0,
    int Restarts = 0) : ICampaignMessage;
