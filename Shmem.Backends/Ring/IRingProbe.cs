namespace Shmem.Backends.Ring;

/// <summary>The steps of a ring, for the tests that kill a process at each.</summary>
internal enum RingStep
{
    Inside,
    RoomMade,
    Written,
    Committed,
    Outside,
    Notified,
    CursorSet,
    Joined,
    Copied,
    Advanced,
}

/// <summary>Called at every step; compiled in by its struct, so <see cref="NoRingProbe"/> leaves no trace in the code.</summary>
internal interface IRingProbe
{
    static abstract void Reached(RingStep step);
}

/// <summary>The probe of production.</summary>
internal readonly struct NoRingProbe : IRingProbe
{
    public static void Reached(RingStep step)
    {
    }
}
