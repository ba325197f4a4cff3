namespace Shmem.Backends;

/// <summary>What a backend can do, on this machine. Read anew each time it is asked for.</summary>
/// <param name="Scope">Who can open its ids.</param>
/// <param name="CrashClean">
/// True when <c>kill -9</c> of every holder leaves nothing behind of a segment that has no name of the user's and was not persisted.
/// </param>
/// <param name="ReadOnly">True when a segment can be mapped for reading only.</param>
/// <param name="LargestSize">Bytes; a larger segment is refused, and a smaller one too where that much memory is not free, or where what a service makes segments of
/// ends before: /dev/shm, or the 2 GiB of a region of ashmem.</param>
/// <param name="HugePages">True when a segment can be backed by huge pages.</param>
/// <param name="Names">True when a segment can have a name of the user's: <see cref="ShMemProvider.CreateNamed"/>.</param>
/// <param name="Persists">True when a segment with such a name can outlive its holders: <see cref="ShMem.Persist"/>.</param>
public sealed record ShMemCapabilities(ShMemScope Scope, bool CrashClean, bool ReadOnly, long LargestSize, bool HugePages, bool Names, bool Persists)
{
    /// <summary>True when a segment can be <see cref="ShMemKind.PublishOnce"/>.</summary>
    public bool PublishOnce { get; init; }

    /// <summary>Bytes that a process of 64-bit Linux or Windows can address: less than 128 TiB.</summary>
    internal const long AddressSpace = (1L << 47) - 1;
}
