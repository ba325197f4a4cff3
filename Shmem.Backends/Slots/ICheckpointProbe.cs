namespace Shmem.Backends.Slots;

/// <summary>The steps of writing a checkpoint, for the tests that kill a writer at each.</summary>
internal enum CheckpointStep
{
    Invalidated,
    LengthWritten,
    SegmentWritten,
    BytesWritten,
    SequenceWritten,
}

/// <summary>Called at every step; compiled in by its struct, so <see cref="NoCheckpointProbe"/> leaves no trace in the code.</summary>
internal interface ICheckpointProbe
{
    static abstract void Reached(CheckpointStep step);
}

/// <summary>The probe of production.</summary>
internal readonly struct NoCheckpointProbe : ICheckpointProbe
{
    public static void Reached(CheckpointStep step)
    {
    }
}
