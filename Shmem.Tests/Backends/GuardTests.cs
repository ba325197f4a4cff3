using System.Runtime.InteropServices;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Segments that end, or begin, exactly at a page that may not be touched.</summary>
public sealed class GuardTests : ShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new HeapShMemProvider(ShMemGuard.Before);

    [Theory]
    [InlineData(ShMemGuard.After, 1)]
    [InlineData(ShMemGuard.After, 100)]
    [InlineData(ShMemGuard.After, 4096)]
    [InlineData(ShMemGuard.After, 100_003)]
    [InlineData(ShMemGuard.Before, 1)]
    [InlineData(ShMemGuard.Before, 100_003)]
    public unsafe void Its_guarded_end_is_that_of_a_page(ShMemGuard guard, long size)
    {
        using var segment = new HeapShMemProvider(guard).Create(size);
        var end = (nint)segment.Pointer + (guard == ShMemGuard.After ? (nint)size : 0);
        Assert.Equal(0, end % Environment.SystemPageSize);
        Assert.False(segment.Span.ContainsAnyExcept((byte)0));
        segment.Span.Fill(0xff);
        using var same = new HeapShMemProvider().Open(segment.Description);
        Assert.Equal(0xff, same.Span[^1]);
    }

    [Fact]
    public void A_reference_is_given_where_it_is_aligned()
    {
        using var segment = new HeapShMemProvider(ShMemGuard.After).Create(13);
        segment.Ref<long>(5) = -1;
        Assert.Equal(0xff, segment.Span[^1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<long>(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => segment.Ref<int>(8));
    }

    [Theory]
    [InlineData(ShMemGuard.None)]
    [InlineData(ShMemGuard.After)]
    [InlineData(ShMemGuard.Before)]
    public void A_value_of_any_size_gets_its_segment(ShMemGuard guard)
    {
        Holds(new Three(1));
        Holds(new Six(2));
        Holds(new Twelve(3));
        Holds(new Twenty(4));
        Holds(new TwentyFour(5));

        void Holds<T>(T value) where T : unmanaged
        {
            using var segment = new HeapShMemProvider(guard).CreateFor(value);
            Assert.Equal(value, segment.Ref<T>(0));
        }
    }

    [Theory]
    [InlineData(1L << 62)]
    [InlineData(long.MaxValue)]
    public void A_size_that_there_is_no_room_for_is_refused(long size)
    {
        var refused = Assert.Throws<ShMemException>(() => new HeapShMemProvider(ShMemGuard.After).Create(size).Dispose());
        Assert.Equal(ShMemError.LimitReached, refused.Error);
    }

    [Theory]
    [InlineData(ShMemGuard.After, 100, 0, 99, 100)]
    [InlineData(ShMemGuard.After, 4096, 0, 4095, 4096)]
    [InlineData(ShMemGuard.Before, 100, 0, 99, -1)]
    public async Task One_byte_too_far_ends_the_process(ShMemGuard guard, int size, int first, int last, int outside)
    {
        await using var peer = await PeerSession.Start();
        Assert.StartsWith("ok heap:", await peer.Ask($"create-guarded {guard} {size}"));
        Assert.Equal("ok", await peer.Ask($"write 0 {last} 7"));
        Assert.Equal("0", await peer.Ask($"peek 0 {first}"));
        Assert.Equal("7", await peer.Ask($"peek 0 {last}"));
        await peer.Tell($"peek 0 {outside}");
        Assert.Contains("AccessViolation", await peer.End());
        Assert.NotEqual(0, peer.ExitCode);
    }

    [Fact]
    public async Task Without_a_guard_one_byte_too_far_is_not_seen()
    {
        await using var peer = await PeerSession.Start();
        await peer.Ask($"create-guarded None 100");
        Assert.True(byte.TryParse(await peer.Ask($"peek 0 100"), out _));
    }

    // A reservation or pages left behind would be many at the end.
    [Fact]
    [Trait("Needs", "Unix")]
    public void Many_one_after_the_other_leave_no_mapping()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "mappings are counted in /proc/self/maps");
        var provider = new HeapShMemProvider(ShMemGuard.After);
        provider.Create(1).Dispose();
        var before = File.ReadLines("/proc/self/maps").Count();
        for (var i = 0; i < 5000; i++) provider.Create(8192).Dispose();
        Assert.InRange(File.ReadLines("/proc/self/maps").Count(), 0, before + 2500);
    }

    [StructLayout(LayoutKind.Sequential, Size = 3)]
    private readonly record struct Three(byte First);

    [StructLayout(LayoutKind.Sequential, Size = 6)]
    private readonly record struct Six(short First);

    [StructLayout(LayoutKind.Sequential, Size = 12)]
    private readonly record struct Twelve(int First);

    [StructLayout(LayoutKind.Sequential, Size = 20)]
    private readonly record struct Twenty(int First);

    [StructLayout(LayoutKind.Sequential, Size = 24)]
    private readonly record struct TwentyFour(long First);
}
