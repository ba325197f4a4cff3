namespace Shmem.Backends.Ring;

/// <summary>What a writer does when a living reader has not yet read what the message would take the room of.</summary>
public enum RingPressure
{
    /// <summary>Wait until there is room.</summary>
    Wait,

    /// <summary>Drop this message, and count it in <see cref="SharedRing.Dropped"/>.</summary>
    Drop,

    /// <summary>Say so, and leave the rest to the caller.</summary>
    Fail,
}
