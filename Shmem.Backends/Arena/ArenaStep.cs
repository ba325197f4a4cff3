namespace Shmem.Backends.Arena;

/// <summary>The steps of an arena, for the tests that kill a process at each.</summary>
internal enum ArenaStep
{
    Registered,
    BlockAssigned,
    Claimed,
    Cleared,
    Numbered,
    Published,
    Joined,
    Released,
    SlotTaken,
    CellTaken,
    SlotFreed,
}
