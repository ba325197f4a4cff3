using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>The option by which a segment's pages are there from the start, as the kernel counts them.</summary>
[SupportedOSPlatform("linux")]
public sealed class PrefaultTests
{
    private const long Size = (1 << 20) + 1;

    private static readonly ShMemCreateOptions Prefault = new() { Prefault = true };

    public static TheoryData<string> Shared => new("memfd", "posix", "sysv");

    [Theory]
    [MemberData(nameof(Shared))]
    public void Every_page_is_there_before_it_is_touched_only_with_the_option(string scheme)
    {
        var provider = new StdShMemProvider(scheme);
        using (var later = provider.Create(Size)) Assert.Equal(0, Mapping.Of(later).Kilobytes("Rss"));
        using var segment = provider.Create(Size, Prefault);
        // The last byte stands on a page of its own.
        Assert.InRange(Mapping.Of(segment).Kilobytes("Rss"), (Size >> 10) + 1, long.MaxValue);
        Assert.False(segment.Span.ContainsAnyExcept((byte)0));
        using var other = provider.Open(segment.Description);
        segment.Span[^1] = 5;
        Assert.Equal(5, other.Span[^1]);
    }

    [Theory]
    [InlineData(ShMemGuard.After)]
    [InlineData(ShMemGuard.Before)]
    public void A_mapping_that_begins_or_ends_within_a_page_is_filled_to_its_guard(ShMemGuard guard)
    {
        using var segment = new HeapShMemProvider(guard).Create(Size, Prefault);
        Assert.InRange(Mapping.Of(segment).Kilobytes("Rss"), (Size >> 10) + 1, long.MaxValue);
    }

    [Fact]
    public void Published_once_it_is_filled_too()
    {
        using var segment = new StdShMemProvider("memfd").Create(Size, Prefault with { Kind = ShMemKind.PublishOnce });
        Assert.InRange(Mapping.Of(segment).Kilobytes("Rss"), (Size >> 10) + 1, long.MaxValue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1L << 62)]
    public void A_size_that_cannot_be_is_refused_with_the_option_as_without(long size) =>
        Assert.Throws<ShMemException>(() => new StdShMemProvider().Create(size, Prefault).Dispose());
}
