using Shmem.Backends;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Segments of a process that runs no campaign: the view that creates one owns it.</summary>
internal sealed class OwnSegments(ShMemProvider provider) : ISegmentSource
{
    public Task<ShMem> CreateAsync(long size, string purpose) => Task.FromResult(provider.Create(size));

    public ShMem Open(ShMemDescription description) => provider.Open(description);

    public void Release(ShMemDescription segment)
    {
        // Disposing the view that created it has ended it.
    }
}
