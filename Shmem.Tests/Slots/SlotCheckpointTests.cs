using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Slots;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Slots;

public sealed class SlotCheckpointTests
{
    private const int Steps = 4;

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

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_writer_killed_at_any_step_leaves_one_whole_state(int survived)
    {
        const int Length = 100_000;
        using var segment = new StdShMemProvider().Create(SlotCheckpoint.SizeFor(Length));
        using var checkpoint = SlotCheckpoint.Create(segment, Length);
        var (before, last, next) = (Filled(0, 7), Filled(1, Length), Filled(2, Length));
        checkpoint.Write(before);
        checkpoint.Write(last);

        var peer = await PeerProcess.RunAsync(TimeSpan.FromMinutes(1), "checkpoint", $"{segment.Id}/{segment.Length}", $"{Length}", $"{survived}");

        Assert.Equal(survived < Steps ? PeerProcess.Killed : 0, peer.ExitCode);
        Assert.True(checkpoint.TryRead(out var read));
        Assert.Equal(survived < Steps - 1 ? last : next, read);
        checkpoint.Write(before);
        Assert.True(checkpoint.TryRead(out read));
        Assert.Equal(before, read);
    }

    [Property(MaxTest = 1000)]
    public void Damaged_bytes_are_refused_or_read_within_the_mapping(byte word, ulong value, bool small)
    {
        using var segment = new HeapShMemProvider().Create(SlotCheckpoint.SizeFor(64));
        using (var checkpoint = SlotCheckpoint.Create(segment, 64))
        {
            checkpoint.Write(new byte[64]);
            checkpoint.Write(new byte[64]);
        }

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
