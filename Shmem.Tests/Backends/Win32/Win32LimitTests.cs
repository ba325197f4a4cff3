using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Win32;
using Xunit;

namespace Shmem.Tests.Backends.Win32;

/// <summary>Sizes, counts and what is left, as Windows counts it.</summary>
[Collection(nameof(ProcessWide))]
[SupportedOSPlatform("windows")]
public sealed class Win32LimitTests
{
    private const long FiveGiB = 5L << 30;

    private static readonly Win32ShMemProvider Provider = new();

    [Theory]
    [InlineData(0, ShMemError.Invalid)]
    [InlineData(-1, ShMemError.Invalid)]
    [InlineData(1L << 47, ShMemError.LimitReached)]
    [InlineData(1L << 62, ShMemError.LimitReached)]
    [InlineData(long.MaxValue, ShMemError.LimitReached)]
    public void A_size_that_cannot_be_is_refused_and_leaves_nothing(long size, ShMemError error)
    {
        Provider.Create(1).Dispose();
        var before = Handles();
        for (var i = 0; i < 100; i++)
        {
            var refused = Assert.Throws<ShMemException>(() => Provider.Create(size).Dispose());
            Assert.Equal((error, refused.Message), (refused.Error, refused.Message));
        }

        Assert.InRange(Handles(), 0, before + 50);
    }

    // LESSONS: "Win32: size cast to u32 (over 4 GiB wraps)".
    [Fact]
    public void A_segment_of_more_than_four_gibibytes_is_whole()
    {
        using var segment = Provider.Create(FiveGiB);
        using var other = Provider.Open(segment.Description);
        segment.Slice(FiveGiB - 1, 1)[0] = 3;
        Assert.Equal(3, other.Slice(FiveGiB - 1, 1)[0]);
        Assert.Equal(0, other.Slice(FiveGiB - (4L << 30) - 1, 1)[0]);
        Assert.Equal(ShMemError.TooSmall,
            Assert.Throws<ShMemException>(() => Provider.Open(segment.Description with { Size = FiveGiB + 1 }).Dispose()).Error);
    }

    [Fact]
    public void Many_segments_and_refusals_one_after_the_other_leave_no_handle()
    {
        using var kept = Provider.Create(100);
        var stale = Provider.Create(100);
        stale.Dispose();
        var before = Handles();
        for (var i = 0; i < 2_000; i++)
        {
            using var segment = Provider.Create(16_384);
            using var opened = Provider.Open(segment.Description);
            opened.Span[0] = 1;
            Assert.Throws<ShMemException>(() => Provider.Open(kept.Description with { Size = 101 }));
            Assert.Throws<ShMemException>(() => Provider.Open(stale.Description));
        }

        // The runtime opens some for itself; a leak would be thousands.
        Assert.InRange(Handles(), 0, before + 200);
    }

    [Fact]
    public void Ten_thousand_segments_live_at_once()
    {
        var segments = Enumerable.Range(0, 10_000).Select(i => Provider.CreateFor(i)).ToList();
        try
        {
            Assert.Equal(10_000, segments.Select(s => s.Id).Distinct().Count());
            for (var i = 0; i < segments.Count; i += 37)
            {
                using var again = Provider.Open(segments[i].Description);
                Assert.Equal(i, again.Ref<int>(0));
            }
        }
        finally
        {
            segments.ForEach(s => s.Dispose());
        }
    }

    [Fact]
    public void The_chosen_backend_is_that_of_Windows()
    {
        Assert.Equal("win", new StdShMemProvider(null).Scheme);
        Assert.Equal("win", Assert.Single(StdShMemProvider.Try(), t => t.Refused is null).Provider.Scheme);
    }

    private static int Handles()
    {
        using var self = Process.GetCurrentProcess();
        return self.HandleCount;
    }
}
