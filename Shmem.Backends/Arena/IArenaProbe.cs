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

/// <summary>Called at every step; compiled in by its struct, so <see cref="NoArenaProbe"/> leaves no trace in the code.</summary>
internal interface IArenaProbe
{
    static abstract void Reached(ArenaStep step);
}

/// <summary>The probe of production.</summary>
internal readonly struct NoArenaProbe : IArenaProbe
{
    public static void Reached(ArenaStep step)
    {
    }
}
