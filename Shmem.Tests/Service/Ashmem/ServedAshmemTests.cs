using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Ashmem;
using Xunit;

namespace Shmem.Tests.Service.Ashmem;

[SupportedOSPlatform("linux")]
public sealed class ServedAshmemTests() : ServedContract(new AshmemFiles())
{
    private protected override bool HasPins => true;

    [Fact]
    public void Pages_are_unpinned_and_pinned_by_any_view()
    {
        var page = Environment.SystemPageSize;
        using var owner = Provider.Create(4 * page + 1);
        using var other = Provider.Open(owner.Description);
        owner.Span.Fill(7);
        owner.Unpin(page, 2 * page);
        owner.Unpin(4 * page, 1);
        // Memory is not short: nothing was taken away.
        Assert.False(other.Pin(0, other.Length));
        Assert.False(other.Span.ContainsAnyExcept((byte)7));
        foreach (var (offset, length) in ((long, long)[])[(1, page), (0, 1), (page, page + 1), (0, 0)])
        {
            Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => owner.Unpin(offset, length)).Error);
            Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => owner.Pin(offset, length)).Error);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => owner.Unpin(0, 6 * page));
        Assert.Throws<ArgumentOutOfRangeException>(() => owner.Pin(-page, page));
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => owner.Unpin(0, page));
        Assert.False(other.Pin(0, page));
    }
}
