namespace Shmem.Backends.Service;

/// <summary>The one answer to a request.</summary>
/// <param name="frame">Its bytes, until the next request is answered.</param>
/// <param name="file">The descriptor that goes with it, which the service keeps; -1 for none.</param>
/// <param name="taken">How many bytes the request had; 0 where it could not be told.</param>
internal readonly ref struct ServiceAnswer(ReadOnlySpan<byte> frame, int file, int taken)
{
    public ReadOnlySpan<byte> Frame { get; } = frame;

    public int File { get; } = file;

    public int Taken { get; } = taken;

    /// <summary>True where nothing that follows can be understood: the connection ends.</summary>
    public bool EndsConnection => Taken == 0;
}
