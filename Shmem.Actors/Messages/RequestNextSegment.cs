namespace Shmem.Actors.Messages;

/// <summary>A worker asks for the next segment of its log, ahead of need. Asking again for the same sequence number gives the same segment.</summary>
/// <param name="Slot">Its slot.</param>
/// <param name="Generation">The generation by which it holds the slot; an older one is refused.</param>
/// <param name="Sequence">The number of the wanted segment within the log; the first is 0.</param>
public sealed record RequestNextSegment(int Slot, int Generation, int Sequence) : ICampaignRequest;
