using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

/// <summary>Gives so many segments and no more, and knows which were not released.</summary>
internal sealed class MeagreSegments(int most, Exception refusal) : ISegmentSource
{
    private readonly HeapShMemProvider _provider = new();
    private int _given;

    public HashSet<ShMemId> Held { get; } = [];

    /// <summary>Bytes of all that it has given.</summary>
    public long Bytes { get; private set; }

    public Task<ShMem> CreateAsync(long size, string purpose)
    {
        if (_given == most) return Task.FromException<ShMem>(refusal);
        _given++;
        Bytes += size;
        var segment = _provider.Create(size);
        Held.Add(segment.Id);
        return Task.FromResult(segment);
    }

    public ShMem Open(ShMemDescription description) => _provider.Open(description);

    public void Release(ShMemDescription segment) => Assert.True(Held.Remove(segment.Id));
}
