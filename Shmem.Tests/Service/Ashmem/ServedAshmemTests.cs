using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Ashmem;
using Shmem.Backends.Interop;
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
        // Nothing was taken away.
        Assert.False(other.Pin(0, other.Length));
        Assert.False(other.Span.ContainsAnyExcept((byte)7));
        owner.Unpin(page, 2 * page);
        PurgeAll();
        Assert.True(other.Pin(0, other.Length));
        Assert.False(other.Slice(page, 2 * page).ContainsAnyExcept((byte)0));
        Assert.False(other.Slice(0, page).ContainsAnyExcept((byte)7));
        Assert.False(other.Slice(3 * page, page + 1).ContainsAnyExcept((byte)7));
        Assert.False(owner.Pin(0, owner.Length));
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

    /// <summary>The kernel takes away every unpinned page of every region, as it does when memory is short: ASHMEM_PURGE_ALL_CACHES of linux/ashmem.h.</summary>
    private static void PurgeAll()
    {
        using var device = File.OpenHandle(AshmemRegion.Present[0], FileMode.Open, FileAccess.ReadWrite);
        if (AshmemDevice.Control((int)device.DangerousGetHandle(), 0x770A, 0) < 0) throw UnixFailure.Of("ioctl(ASHMEM_PURGE_ALL_CACHES)", "take away unpinned pages");
    }
}
