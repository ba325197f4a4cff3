using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Ashmem;
using Shmem.Backends.Interop;
using Xunit;

namespace Shmem.Tests.Service.Ashmem;

/// <summary>The calls of the real device.</summary>
[SupportedOSPlatform("linux")]
public sealed class AshmemRegionTests
{
    private static readonly uint Page = (uint)Environment.SystemPageSize;

    [Fact]
    public void The_device_is_found_by_its_plain_name_and_by_the_boots()
    {
        Assert.Contains("/dev/ashmem", AshmemRegion.Present);
        var ofThisBoot = "/dev/ashmem" + File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        // The machine of .ci/ashmem has both names, as newer Androids have only the longer.
        Assert.Equal(ofThisBoot, AshmemRegion.Present[0]);
        using var region = AshmemRegion.Create(ofThisBoot, "named", 100, "test");
        Assert.Equal(100, AshmemRegion.SizeOf((int)region.DangerousGetHandle()));
    }

    [Theory]
    [InlineData("shmem")]
    [InlineData("a name with ü")]
    [InlineData("")]
    public void A_region_has_its_name_and_size_and_may_not_be_executed(string name)
    {
        using var region = Create(name, 100_003);
        var number = (int)region.DangerousGetHandle();
        Assert.Equal(100_003, AshmemRegion.SizeOf(number));
        // The kernel calls a region without a name after its device.
        Assert.Equal(name.Length == 0 ? "dev/ashmem" : name, AshmemRegion.NameOf(region));
        Assert.Equal(AshmemDevice.PROT_READ_WRITE, AshmemDevice.Control(number, AshmemDevice.ASHMEM_GET_PROT_MASK, 0));
        // A protection that was taken away cannot be had again.
        Assert.Equal(-1, AshmemDevice.Control(number, AshmemDevice.ASHMEM_SET_PROT_MASK, AshmemDevice.PROT_READ_WRITE | 4));
    }

    [Fact]
    public void A_mapped_region_keeps_its_size_and_its_pages_until_they_are_unpinned()
    {
        using var region = Create("pages", 4 * Page);
        var number = (int)region.DangerousGetHandle();
        var start = LibcMemory.Map(new Descriptor(number), 4 * Page, ShMemAccess.ReadWrite);
        Assert.NotEqual(LibcMemory.MAP_FAILED, start);
        try
        {
            Assert.Equal(-1, AshmemDevice.Control(number, AshmemDevice.ASHMEM_SET_SIZE, 8 * (nint)Page));
            Assert.Equal(4 * Page, AshmemRegion.SizeOf(number));
            Assert.Equal(AshmemDevice.ASHMEM_IS_PINNED, Pinned(number));
            AshmemRegion.Unpin(region, Page, 2 * Page);
            Assert.Equal(0, Pinned(number));
            // Memory is not short: nothing was taken away.
            Assert.False(AshmemRegion.Pin(region, 0, 0));
            Assert.Equal(AshmemDevice.ASHMEM_IS_PINNED, Pinned(number));
            Assert.Equal(ShMemError.Os, Assert.Throws<ShMemException>(() => AshmemRegion.Unpin(region, 1, Page)).Error);
            Assert.Equal(ShMemError.Os, Assert.Throws<ShMemException>(() => AshmemRegion.Pin(region, 0, 8 * Page)).Error);
        }
        finally
        {
            LibcMemory.Unmap(start, 4 * Page);
        }
    }

    [Fact]
    public void What_is_no_region_has_no_size()
    {
        using var file = File.OpenHandle("/dev/null");
        Assert.Equal(-1, AshmemRegion.SizeOf((int)file.DangerousGetHandle()));
        Assert.Throws<ShMemException>(() => AshmemRegion.NameOf(file));
    }

    [Fact]
    public void A_size_that_could_not_be_checked_on_attach_is_refused()
    {
        var refused = Assert.Throws<ShMemException>(() => new AshmemFiles().Create(1L << 31));
        Assert.Equal(ShMemError.LimitReached, refused.Error);
        using var longest = new AshmemFiles().Create(int.MaxValue);
        Assert.Equal(int.MaxValue, AshmemRegion.SizeOf((int)longest.DangerousGetHandle()));
    }

    private static Microsoft.Win32.SafeHandles.SafeFileHandle Create(string name, long size) =>
        AshmemRegion.Create(AshmemRegion.Present[0], name, size, "test");

    private static int Pinned(int number) => AshmemDevice.Control(number, AshmemDevice.ASHMEM_GET_PIN_STATUS, new AshmemDevice.Range(0, 0));
}
