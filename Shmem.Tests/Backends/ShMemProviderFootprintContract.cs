using Shmem.Backends;
using Shmem.Backends.Interop;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>What every provider keeps and that only shows in what the operating system counts.</summary>
[Collection(nameof(ProcessWide))]
public abstract class ShMemProviderFootprintContract
{
    private const long OverFourGiB = (4L << 30) + 4097;
    private const long Size = 16_384;

    private protected abstract ShMemProvider Provider { get; }

    private protected virtual int Rounds => 30_000;

    /// <summary>How many segments live at once.</summary>
    private protected virtual int Segments => 10_000;

    private protected virtual int Races => 300;

    /// <summary>False where what segments are made of ends before; it must say so.</summary>
    private protected virtual bool HasOverFourGiB => true;

    /// <summary>True where every byte takes memory at once.</summary>
    private protected virtual bool TakesAllAtOnce => false;

    // LESSONS: "served provider: size 0, size 2^62: client hangs"; "fd leaked when ftruncate fails"; "MAP_FAILED unchecked".
    [Theory]
    [InlineData(0, ShMemError.Invalid)]
    [InlineData(-1, ShMemError.Invalid)]
    [InlineData(long.MinValue, ShMemError.Invalid)]
    [InlineData(1L << 62, ShMemError.LimitReached)]
    [InlineData(long.MaxValue, ShMemError.LimitReached)]
    public void A_size_that_cannot_be_is_refused_and_leaves_nothing(long size, ShMemError error)
    {
        var before = Footprint.Take();
        var refused = Assert.Throws<ShMemException>(() => Provider.Create(size).Dispose());
        Assert.Equal((error, refused.Message), (refused.Error, refused.Message));
        Assert.Contains($"{size} bytes", refused.Message);
        Assert.Equal(before, Footprint.Take());
    }

    // LESSONS: "RcShMem over any provider: create + drop in a loop: ends after 4,093 segments, or leaks an fd and a mapping each".
    [Fact]
    public void Many_segments_one_after_the_other_leave_nothing()
    {
        Provider.Create(4096).Dispose();
        var before = Footprint.Take();
        var memory = AddressSpace();
        for (var i = 0; i < Rounds; i++)
        {
            using var segment = Provider.Create(Size);
            segment.Span[0] = 1;
        }

        Assert.Equal(before, Footprint.Take());
        // Half of what they would be if they were kept: the runtime itself reserves some meanwhile.
        Assert.InRange(AddressSpace() - memory, long.MinValue, Rounds * Size / 2);
    }

    [Fact]
    public void Every_refused_open_leaves_nothing()
    {
        using var owner = Provider.Create(100);
        var stale = Provider.Create(100);
        stale.Dispose();
        Provider.Open(owner.Description).Dispose();
        var before = Footprint.Take();
        for (var i = 0; i < 100; i++)
        {
            Assert.Throws<ShMemException>(() => Provider.Open(owner.Description with { Size = 101 }));
            Assert.Throws<ShMemException>(() => Provider.Open(stale.Description));
            Provider.Open(owner.Description).Dispose();
        }

        Assert.Equal(before, Footprint.Take());
    }

    // LESSONS: "/dev/shm names: cut to 18 characters, from an unseeded generator: collide at map 147 in every process".
    [Fact]
    public void Ten_thousand_segments_live_at_once()
    {
        Require.That(Provider.Scheme != "memfd" || LibcLimits.OpenFiles > (ulong)Segments + 500, $"{Segments} open files (ulimit -n)");
        Require.That(long.Parse(File.ReadAllText("/proc/sys/vm/max_map_count")) > Segments + 5_000, $"{Segments} mappings (vm.max_map_count)");
        var before = Footprint.Take();
        var segments = new List<ShMem>();
        try
        {
            for (var i = 0; i < Segments; i++)
            {
                segments.Add(Provider.Create(8));
                segments[i].Ref<int>(0) = i;
            }

            Assert.Equal(Segments, segments.Select(s => s.Id).Distinct().Count());
            for (var i = 0; i < Segments; i += 37)
            {
                using var again = Provider.Open(segments[i].Description);
                Assert.Equal(i, again.Ref<int>(0));
            }

            if (Provider.Capabilities.Scope != ShMemScope.Process) Assert.NotEqual(before, Footprint.Take());
        }
        finally
        {
            segments.ForEach(s => s.Dispose());
        }

        Assert.Equal(before, Footprint.Take());
    }

    // LESSONS: "Win32: size cast to u32 (over 4 GiB wraps)".
    [Fact]
    public void A_segment_of_more_than_four_GiB_has_all_its_bytes()
    {
        if (!HasOverFourGiB)
        {
            Assert.Equal(ShMemError.LimitReached, Assert.Throws<ShMemException>(() => Provider.Create(OverFourGiB)).Error);
            return;
        }

        Require.That(Provider.Capabilities.LargestSize > OverFourGiB, $"room for {OverFourGiB} bytes in one segment");
        Require.That(!TakesAllAtOnce || Available() > 2 * OverFourGiB, $"{2 * OverFourGiB} bytes of free memory");
        using var segment = Provider.Create(OverFourGiB);
        segment.Slice(0, 1)[0] = 1;
        segment.Slice(OverFourGiB - 1, 1)[0] = 2;
        using var other = Provider.Open(segment.Description);
        Assert.Equal((OverFourGiB, 1, 2), (other.Length, other.Slice(0, 1)[0], other.Slice(OverFourGiB - 1, 1)[0]));
        // Where an offset of 32 bits would have put them.
        Assert.Equal(0, other.Slice(OverFourGiB - 1 - (4L << 30), 1)[0]);
        Assert.Throws<InvalidOperationException>(() => other.Span.Length);
        Assert.Throws<ShMemException>(() => Provider.Open(segment.Description with { Size = OverFourGiB + 1 }));
    }

    [Fact]
    public async Task Threads_that_create_and_race_for_the_same_views_meet_only_disposed_ones_and_leave_nothing()
    {
        const int threads = 8;
        Provider.Create(64).Dispose();
        var before = Footprint.Take();
        for (var round = 0; round < Races; round++)
        {
            var shared = Provider.Create(64);
            using var start = new Barrier(threads);
            await Task.WhenAll(Enumerable.Range(0, threads).Select(n => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                Use(shared, n);
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Throws<ShMemException>(() => Provider.Open(shared.Description).Dispose());
        }

        Assert.Equal(before, Footprint.Take());
    }

    private unsafe void Use(ShMem shared, int part)
    {
        using var own = Provider.Create(64);
        own.Ref<int>(0) = part;
        try
        {
            switch (part % 4)
            {
                case 0:
                    using (var clone = shared.Clone()) clone.Span[part] = 1;
                    break;
                case 1:
                    using (var lease = shared.Lease()) lease.Pointer[part] = 1;
                    break;
                case 2:
                    using (var memory = shared.Memory())
                    using (var pin = memory.Memory.Pin()) *(byte*)pin.Pointer = 1;
                    break;
                default:
                    shared.Dispose();
                    break;
            }

            using var opened = Provider.Open(shared.Description);
            opened.Span[part] = 1;
        }
        catch (ObjectDisposedException)
        {
            // Another thread was first: the answer that the race may have.
        }
        catch (ShMemException e) when (e.Error == ShMemError.NotFound)
        {
            // Likewise.
        }

        Assert.Equal(part, own.Ref<int>(0));
    }

    /// <summary>Bytes that are free, or would be at once.</summary>
    private static long Available() => File.ReadLines("/proc/meminfo").Where(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal))
        .Select(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10).Single();

    /// <summary>Bytes; the first number of /proc/self/statm is in pages.</summary>
    private static long AddressSpace() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[0]) * Environment.SystemPageSize;
}
