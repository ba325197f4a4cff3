using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Memfd;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Segments on huge pages. Where root runs the tests, the kernel is allowed a few for the time of a test; it makes them when they are needed.</summary>
[Collection(nameof(ProcessWide))]
[SupportedOSPlatform("linux")]
public sealed class HugePageTests
{
    private const string Total = "/proc/sys/vm/nr_hugepages";
    private const string Overcommit = "/proc/sys/vm/nr_overcommit_hugepages";

    private static readonly ShMemCreateOptions OnHugePages = new() { HugePages = true };
    private static readonly MemfdShMemProvider Provider = new();

    [Fact]
    public async Task A_segment_on_huge_pages_is_shared_with_another_process_whole_and_in_part()
    {
        using var allowed = Allowed.Pages(2);
        var size = 2 * HugePages.Size;
        using var segment = Provider.Create(size, OnHugePages);
        Assert.Equal(size, segment.Length);
        Assert.False(segment.Span.ContainsAnyExcept((byte)0));
        await using var peer = await PeerSession.Start();
        Assert.Equal($"ok {segment.Id} {size}", await peer.Ask($"open {segment.Id} {size}"));
        Assert.Equal($"ok {segment.Id} 5", await peer.Ask($"open {segment.Id} 5 read"));
        segment.Span[4] = 7;
        Assert.Equal("7", await peer.Ask($"read 1 4"));
        Assert.Equal("ok", await peer.Ask($"write 0 {size - 1} 8"));
        Assert.Equal(8, segment.Span[^1]);
        // munmap refuses a part of a huge page.
        Assert.Equal("ok", await peer.Ask($"dispose 1"));
        Assert.Equal("ok", await peer.Ask($"dispose 0"));
        Assert.StartsWith("refused TooSmall", await peer.Ask($"open {segment.Id} {size + 1}"));
        Assert.Equal(HugePages.Size >> 10, Mapping.Of(segment).Kilobytes("KernelPageSize"));
    }

    [Fact]
    public void A_segment_on_huge_pages_is_sealed_and_leaves_nothing()
    {
        using var allowed = Allowed.Pages(1);
        Provider.Create(HugePages.Size, OnHugePages).Dispose();
        var before = Footprint.Take();
        for (var i = 0; i < 10; i++)
        {
            using var segment = Provider.Create(HugePages.Size, OnHugePages with { Kind = ShMemKind.PublishOnce });
            segment.Span[^1] = 1;
            Assert.Equal(ShMemError.Denied, Assert.Throws<ShMemException>(() => Provider.Open(segment.Description)).Error);
            using var part = Provider.Open(segment.Description with { Size = 4097 }, ShMemAccess.Read);
            Assert.Equal(4097, part.Length);
        }

        Assert.Equal(before, Footprint.Take());
    }

    [Fact]
    public void Where_none_are_configured_the_refusal_names_the_settings()
    {
        Require.That(HugePages.Size > 0, "huge pages in the kernel");
        var pages = long.Parse(File.ReadAllText(Total), CultureInfo.InvariantCulture) + long.Parse(File.ReadAllText(Overcommit), CultureInfo.InvariantCulture) + 1;
        var before = Footprint.Take();
        var refused = Assert.Throws<ShMemException>(() => Provider.Create(pages * HugePages.Size, OnHugePages).Dispose());
        Assert.Equal((ShMemError.LimitReached, 12, refused.Message), (refused.Error, refused.Errno, refused.Message));
        Assert.All((string[])[$"create memfd segment of {pages * HugePages.Size} bytes on huge pages", $"It takes {pages} of {HugePages.Size} bytes", "are free",
            $"raise vm.nr_hugepages (now {File.ReadAllText(Total).Trim()})", "vm.nr_overcommit_hugepages (now "], part => Assert.Contains(part, refused.Message));
        Assert.Equal(before, Footprint.Take());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(long.MaxValue)]
    public void A_size_that_is_no_multiple_of_a_huge_page_is_refused_with_the_next_one(long size)
    {
        Require.That(HugePages.Size > 0, "huge pages in the kernel");
        var refused = Assert.Throws<ShMemException>(() => Provider.Create(size, OnHugePages).Dispose());
        Assert.Equal(ShMemError.Invalid, refused.Error);
        Assert.Contains(size == long.MaxValue ? "Ask for less." : $"Ask for {HugePages.Size}.", refused.Message);
    }

    [Theory]
    [InlineData("posix")]
    [InlineData("sysv")]
    [InlineData("heap")]
    public void A_backend_that_has_none_says_so(string scheme)
    {
        var refused = Assert.Throws<ShMemException>(() => new StdShMemProvider(scheme).Create(1 << 21, OnHugePages).Dispose());
        Assert.Equal(ShMemError.Unsupported, refused.Error);
        Assert.Contains($"create {scheme} segment of 2097152 bytes on huge pages", refused.Message);
    }

    /// <summary>Permission for the kernel to make some huge pages, taken back when it is disposed; the pages go with the segments.</summary>
    private sealed class Allowed : IDisposable
    {
        private readonly string _before = File.ReadAllText(Overcommit);

        public static Allowed Pages(int count)
        {
            Require.Root();
            Require.That(HugePages.Size > 0, "huge pages in the kernel");
            var allowed = new Allowed();
            File.WriteAllText(Overcommit, (long.Parse(allowed._before, CultureInfo.InvariantCulture) + count).ToString(CultureInfo.InvariantCulture));
            return allowed;
        }

        public void Dispose() => File.WriteAllText(Overcommit, _before);
    }
}
