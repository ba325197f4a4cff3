namespace Shmem.Backends.Ring;

/// <summary>How a write to a <see cref="SharedRing"/> ended.</summary>
public enum RingWrite
{
    /// <summary>Every reader that has joined gets the message.</summary>
    Written,

    /// <summary>There was no room: the message was dropped and counted (<see cref="RingPressure.Drop"/>).</summary>
    Dropped,

    /// <summary>There was no room (<see cref="RingPressure.Fail"/>).</summary>
    Full,

    /// <summary>The time limit is over and the message is not written.</summary>
    TimedOut,
}
