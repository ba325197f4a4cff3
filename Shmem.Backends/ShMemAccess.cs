namespace Shmem.Backends;

/// <summary>How a segment is mapped.</summary>
public enum ShMemAccess
{
    /// <summary>Reads and writes.</summary>
    ReadWrite,

    /// <summary>
    /// Reads only: a write through the mapping faults. For a segment that others may write to it is a promise of the reader, not a protection of
    /// the data.
    /// </summary>
    Read,
}
