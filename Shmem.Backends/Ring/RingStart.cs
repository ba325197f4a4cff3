namespace Shmem.Backends.Ring;

/// <summary>Where a new reader of a <see cref="SharedRing"/> begins.</summary>
public enum RingStart
{
    /// <summary>With the next message.</summary>
    Newest,

    /// <summary>With the oldest message that the ring still has, read by others or not.</summary>
    Oldest,

    /// <summary>
    /// In the place of a reader whose process is gone, with the message that it did not finish reading: nothing is lost, that one may be handled twice. Where there is none, as
    /// <see cref="Oldest"/>.
    /// </summary>
    Successor,
}
