using Shmem.Backends;

namespace Shmem.Actors.Workers;

/// <summary>What a worker needs of its slot.</summary>
/// <param name="Log">The segment of the slot's corpus log to go on in.</param>
/// <param name="Checkpoint">The slot's checkpoint.</param>
public readonly record struct SlotSegments(ShMemDescription Log, ShMemDescription Checkpoint);
