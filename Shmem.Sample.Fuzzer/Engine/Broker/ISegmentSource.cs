using Shmem.Backends;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Where segments come from: the campaign's provider actor, or for a single process the provider itself. Thread-safe.</summary>
internal interface ISegmentSource
{
    /// <summary>Creates a segment.</summary>
    /// <returns>A view of it. The caller disposes the view, and calls <see cref="Release"/> when nobody is to open the segment any more.</returns>
    /// <exception cref="ShMemException">It was refused.</exception>
    Task<ShMem> CreateAsync(long size, string purpose);

    /// <summary>A further view. The caller disposes it.</summary>
    ShMem Open(ShMemDescription description);

    /// <summary>The creator no longer holds the segment.</summary>
    void Release(ShMemDescription segment);
}
