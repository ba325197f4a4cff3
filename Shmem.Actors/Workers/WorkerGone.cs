using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>A worker process that is gone, and what it left.</summary>
/// <param name="Holder">The process.</param>
/// <param name="Slot">The slot that it held; null where it never had one.</param>
/// <param name="Generation">The generation by which it held the slot; -1 where it never had one.</param>
/// <param name="Segment">Its own segment, which nobody writes any more. It is freed after the call: copy what is wanted.</param>
/// <param name="Exit">How it ended.</param>
public sealed record WorkerGone(HolderId Holder, int? Slot, int Generation, ShMem Segment, WorkerExit Exit);
