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
