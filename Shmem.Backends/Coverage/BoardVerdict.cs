namespace Shmem.Backends.Coverage;

/// <summary>What an execution reached that the board did not know.</summary>
public enum BoardVerdict
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A known edge, a number of times that falls into a new bucket.</summary>
    NewBuckets,

    /// <summary>An edge that nobody had reached.</summary>
    NewEdges,
}
