namespace Shmem.Benchmarks.Chaos;

/// <summary>What a child of the broker is for.</summary>
internal enum ProcessRole
{
    /// <summary>It has a slot.</summary>
    Worker,

    /// <summary>It waits for a slot, or comes up.</summary>
    Spare,

    /// <summary>It runs a dead worker's inputs again.</summary>
    Verdict,
}
