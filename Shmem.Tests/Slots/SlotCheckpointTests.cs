using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Slots;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Slots;

public sealed class SlotCheckpointTests
{
    /// <summary>How many steps the writer survives, and whether the state is larger than an area.</summary>
    public static MatrixTheoryData<int, bool> Deaths => new([0, 1, 2, 3, 4, 5], [false, true]);

    [Property]
    public void The_last_state_is_read_back(byte[][] states)
    {
        using var segment = new HeapShMemProvider().Create(SlotCheckpoint.SizeFor(1000));
        using var checkpoint = SlotCheckpoint.Create(segment, 1000);
        Assert.False(checkpoint.TryRead(out _));
        foreach (var state in states.Where(s => s is not null && s.Length <= 1000))
        {
            checkpoint.Write(state);
            using var other = SlotCheckpoint.Open(segment);
            Assert.True(other.TryRead(out var read));
            Assert.Equal(state, read);
        }
    }

    // Areas of 200 bytes, and two segments of 500 and then 1000 for what is larger.
    [Property]
    public void The_last_state_is_read_back_wherever_it_is(byte[] sizes)
    {
        var provider = new HeapShMemProvider();
        using var segment = provider.Create(SlotCheckpoint.SizeFor(200));
        using var checkpoint = SlotCheckpoint.Create(segment, 200);
        var given = new List<ShMem>();
        for (var i = 0; i < sizes.Length; i++)
        {
            if (i < 4)
            {
                given.Add(provider.Create(i < 2 ? 500 : 1000));
                checkpoint.Give(i % 2, given[^1]);
            }

            var state = Filled((byte)(i + 1), Math.Min(sizes[i] * 4, checkpoint.Room));
            checkpoint.Write(state);
            using var other = SlotCheckpoint.Open(segment);
            Assert.True(other.TryRead(out var read, description => provider.Open(description)));
            Assert.Equal(state, read);
        }

        foreach (var larger in given) larger.Dispose();
    }

    [Fact]
    public void A_state_in_a_segment_of_its_own_stays_whole_when_the_area_gets_a_larger_one()
    {
        var provider = new HeapShMemProvider();
        using var segment = provider.Create(SlotCheckpoint.SizeFor(200));
        using var checkpoint = SlotCheckpoint.Create(segment, 200);
        using var first = provider.Create(500);
        using var second = provider.Create(1000);
        var area = checkpoint.NextArea;
        checkpoint.Give(area, first);
        checkpoint.Write(Filled(1, 500));
        Assert.NotEqual(area, checkpoint.NextArea);
        checkpoint.Give(area, second);
        Assert.True(checkpoint.TryRead(out var read, description => provider.Open(description)));
        Assert.Equal(Filled(1, 500), read);
        // It has none for the other area.
        Assert.Equal(200, checkpoint.Room);
        Assert.Throws<ArgumentException>(() => checkpoint.Write(new byte[201]));
        var refused = Assert.Throws<ShMemException>(() => checkpoint.TryRead(out _));
        Assert.Equal(ShMemError.Unsupported, refused.Error);
        Assert.Contains($"its state of 500 bytes is in a segment of its own, {first.Id}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_segment_is_refused_where_an_area_cannot_hold_its_description()
    {
        using var segment = new HeapShMemProvider().Create(SlotCheckpoint.SizeFor(8));
        using var checkpoint = SlotCheckpoint.Create(segment, 8);
        Assert.Throws<InvalidOperationException>(() => checkpoint.Give(0, segment));
        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.Give(2, segment));
    }

    // The model says that every look in between is harmless; here a writer and a reader really race.
    [Fact]
    public async Task A_reader_beside_a_writer_sees_whole_states_only_and_none_that_is_older_than_the_last_it_saw()
    {
        const int Length = 5000;
        var provider = new HeapShMemProvider();
        using var segment = provider.Create(SlotCheckpoint.SizeFor(200));
        using var checkpoint = SlotCheckpoint.Create(segment, 200);
        using var zero = provider.Create(Length);
        using var one = provider.Create(Length);
        checkpoint.Give(0, zero);
        checkpoint.Give(1, one);
        var state = new byte[Length];
        var (written, isEnough) = (0, false);
        var writer = Task.Run(() =>
        {
            for (var number = 1; !Volatile.Read(ref isEnough); number++)
            {
                state.AsSpan().Fill((byte)number);
                BitConverter.TryWriteBytes(state, number);
                // Every third is small.
                checkpoint.Write(state.AsSpan(0, number % 3 == 0 ? 200 : Length));
                Volatile.Write(ref written, number);
            }
        }, TestContext.Current.CancellationToken);

        try
        {
            using var reading = SlotCheckpoint.Open(segment);
            var last = 0;
            for (var seen = 0; seen < 5000; seen++)
            {
                byte[]? read;
                int since;
                do
                {
                    Assert.False(writer.IsCompleted, $"{writer.Exception}");
                    since = Volatile.Read(ref written);
                }
                while (!reading.TryRead(out read, description => provider.Open(description)));

                var number = BitConverter.ToInt32(read);
                Assert.True(number >= since && number >= last, $"{number} after {last}, when {since} was written");
                Assert.Equal(number % 3 == 0 ? 200 : Length, read.Length);
                Assert.False(read.AsSpan(sizeof(int)).ContainsAnyExcept((byte)number), $"state {number} is torn");
                last = number;
            }
        }
        finally
        {
            Volatile.Write(ref isEnough, true);
            await writer;
        }
    }

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task A_writer_killed_at_any_step_leaves_one_whole_state(int survived, bool large)
    {
        const int Length = 100_000;
        var steps = large ? 5 : 4;
        var provider = new StdShMemProvider();
        var capacity = large ? Length / 2 : Length;
        using var segment = provider.Create(SlotCheckpoint.SizeFor(capacity));
        using var checkpoint = SlotCheckpoint.Create(segment, capacity);
        using var zero = provider.Create(Length);
        using var one = provider.Create(Length);
        if (large)
        {
            checkpoint.Give(0, zero);
            checkpoint.Give(1, one);
        }

        var (before, last, next) = (Filled(0, 7), Filled(1, Length), Filled(2, Length));
        checkpoint.Write(before);
        checkpoint.Write(last);
        var larger = checkpoint.NextArea == 0 ? zero : one;

        var peer = await PeerProcess.RunAsync(TimeSpan.FromMinutes(1), "checkpoint", $"{segment.Id}/{segment.Length}", $"{Length}", $"{survived}",
            large ? $"{larger.Id}/{larger.Length}" : "");

        Assert.Equal(survived < steps ? PeerProcess.Killed : 0, peer.ExitCode);
        Assert.True(checkpoint.TryRead(out var read, description => provider.Open(description)));
        Assert.Equal(survived < steps - 1 ? last : next, read);
        checkpoint.Write(before);
        Assert.True(checkpoint.TryRead(out read));
        Assert.Equal(before, read);
    }

    [Property(MaxTest = 1000)]
    public void Damaged_bytes_are_refused_or_read_within_the_mapping(byte word, ulong value, bool small, bool area)
    {
        using var segment = new HeapShMemProvider().Create(SlotCheckpoint.SizeFor(64));
        using (var checkpoint = SlotCheckpoint.Create(segment, 64))
        {
            checkpoint.Write(new byte[64]);
            checkpoint.Write(new byte[64]);
        }

        // Also an area that is said to hold a description.
        if (area) segment.Ref<int>(64 + 12) = 1;
        segment.Ref<ulong>(word * 8 % (int)segment.Length) = small ? value % 256 : value;
        try
        {
            using var opened = SlotCheckpoint.Open(segment);
            if (opened.TryRead(out var state)) Assert.True(state.Length <= opened.Capacity);
            opened.Write(new byte[1]);
        }
        catch (ShMemException e)
        {
            Assert.Equal(ShMemError.Invalid, e.Error);
        }
    }

    [Fact]
    public void A_state_over_the_capacity_is_refused_and_the_last_one_stays()
    {
        using var segment = new HeapShMemProvider().Create(SlotCheckpoint.SizeFor(8));
        using var checkpoint = SlotCheckpoint.Create(segment, 8);
        checkpoint.Write([1]);
        Assert.Throws<ArgumentException>(() => checkpoint.Write(new byte[9]));
        Assert.True(checkpoint.TryRead(out var read));
        Assert.Equal([1], read);
    }

    private static byte[] Filled(byte value, int length)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }
}
