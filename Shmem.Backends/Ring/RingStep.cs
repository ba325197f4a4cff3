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
