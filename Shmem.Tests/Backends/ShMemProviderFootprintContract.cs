using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>What every provider keeps and that only shows in what the operating system counts.</summary>
[Collection(nameof(ProcessWide))]
public abstract class ShMemProviderFootprintContract
{
    private const int Segments = 2_000;
    private const long Size = 16_384;

    private protected abstract ShMemProvider Provider { get; }

    private protected virtual int Rounds => 100_000;

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
    public void Two_thousand_segments_live_at_once()
    {
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

    [Fact]
    public async Task Threads_that_race_for_the_same_views_meet_only_disposed_ones_and_leave_nothing()
    {
        const int threads = 8;
        Provider.Create(64).Dispose();
        var before = Footprint.Take();
        for (var round = 0; round < 300; round++)
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
    }

    /// <summary>Bytes; the first number of /proc/self/statm is in pages.</summary>
    private static long AddressSpace() => long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[0]) * Environment.SystemPageSize;
}
