using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Ring;
using Xunit;

namespace Shmem.Tests.Ring;

public sealed class SharedRingTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Property(MaxTest = 300, Arbitrary = [typeof(Arbitraries)])]
    public void Whatever_the_order_of_events_each_reader_sees_all_messages_in_order(RingEvent[] events)
    {
        using var segment = new HeapShMemProvider().Create(SharedRing.SizeFor(128));
        using var ring = SharedRing.Create(segment);
        var specification = new RingSpecification(ring);
        foreach (var e in events) specification.Apply(e);
        specification.End();
    }

    [Fact]
    public void A_full_ring_drops_and_counts_or_says_so_as_the_writer_chose()
    {
        using var segment = new HeapShMemProvider().Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        using var reader = ring.Join(RingStart.Newest);
        for (var i = 0; i < 4; i++) Assert.Equal(RingWrite.Written, ring.Write(new byte[12], RingPressure.Fail));
        Assert.Equal(RingWrite.Full, ring.Write([], RingPressure.Fail));
        Assert.Equal(RingWrite.Dropped, ring.Write(new byte[60], RingPressure.Drop));
        Assert.Equal(RingWrite.TimedOut, ring.Write([1], RingPressure.Wait, TimeSpan.FromMilliseconds(120), Token));
        Assert.Equal(1, ring.Dropped);
        Assert.True(reader.TryRead(new byte[12], out _));
        Assert.Equal(RingWrite.Written, ring.Write([1], RingPressure.Fail));
        Assert.Throws<ArgumentException>(() => ring.Write(new byte[61], RingPressure.Fail));
    }

    [Fact]
    public async Task A_writer_that_waits_goes_on_when_the_slowest_reader_has_read_or_left()
    {
        using var segment = new HeapShMemProvider().Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        using var fast = ring.Join(RingStart.Newest);
        var slow = ring.Join(RingStart.Newest);
        Assert.Equal(RingWrite.Written, ring.Write(new byte[60], RingPressure.Fail));
        Assert.True(fast.TryRead(new byte[60], out _));
        var writes = Task.Factory.StartNew(() => ring.Write(new byte[60], RingPressure.Wait), TaskCreationOptions.LongRunning);
        Assert.False(fast.Read(new byte[60], out _, TimeSpan.FromMilliseconds(120), Token));
        Assert.False(writes.IsCompleted);
        Assert.True(slow.TryRead(new byte[60], out _));
        Assert.Equal(RingWrite.Written, await writes.WaitAsync(Patience, Token));
        Assert.True(fast.Read(new byte[60], out _, Patience, Token));
        writes = Task.Factory.StartNew(() => ring.Write(new byte[60], RingPressure.Wait), TaskCreationOptions.LongRunning);
        slow.Dispose();
        Assert.Equal(RingWrite.Written, await writes.WaitAsync(Patience, Token));
    }

    [Fact]
    public async Task Cancelling_ends_a_wait_of_either_side()
    {
        using var segment = new HeapShMemProvider().Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        using var reader = ring.Join(RingStart.Newest);
        using var cancellation = new CancellationTokenSource();
        var reads = Task.Factory.StartNew(() => reader.Read(new byte[60], out _, Timeout.InfiniteTimeSpan, cancellation.Token), TaskCreationOptions.LongRunning);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reads.WaitAsync(Patience, Token));
        ring.Write(new byte[60], RingPressure.Fail);
        Assert.ThrowsAny<OperationCanceledException>(() => ring.Write(new byte[60], RingPressure.Wait, Timeout.InfiniteTimeSpan, cancellation.Token));
        Assert.True(reader.TryRead(new byte[60], out _));
        Assert.False(reader.TryRead(new byte[60], out _));
    }

    [Fact]
    public void A_buffer_that_is_too_short_loses_nothing()
    {
        using var segment = new HeapShMemProvider().Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        using var reader = ring.Join(RingStart.Newest);
        ring.Write([1, 2, 3], RingPressure.Fail);
        Assert.Throws<ArgumentException>(() => reader.TryRead(new byte[2], out _));
        var buffer = new byte[3];
        Assert.True(reader.TryRead(buffer, out var length));
        Assert.Equal((3, "010203"), (length, Convert.ToHexString(buffer)));
    }

    [Fact]
    public void Thirty_two_read_at_a_time()
    {
        using var segment = new HeapShMemProvider().Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        var readers = Enumerable.Range(0, SharedRing.MostReaders).Select(_ => ring.Join(RingStart.Newest)).ToList();
        Assert.Equal(ShMemError.LimitReached, Assert.Throws<ShMemException>(() => ring.Join(RingStart.Newest)).Error);
        readers[7].Dispose();
        readers[7].Dispose();
        using var late = ring.Join(RingStart.Newest);
        Assert.Throws<ShMemException>(() => ring.Join(RingStart.Newest));
    }

    [Fact]
    public void A_disposed_ring_refuses_every_use()
    {
        using var segment = new HeapShMemProvider(ShMemGuard.After).Create(SharedRing.SizeFor(64));
        var ring = SharedRing.Create(segment);
        var reader = ring.Join(RingStart.Oldest);
        reader.Dispose();
        ring.Dispose();
        segment.Dispose();
        ring.Dispose();
        Assert.Throws<ObjectDisposedException>(() => ring.Write([1], RingPressure.Fail));
        Assert.Throws<ObjectDisposedException>(() => ring.Join(RingStart.Oldest));
        Assert.Throws<ObjectDisposedException>(() => ring.Dropped);
        Assert.Throws<ObjectDisposedException>(() => reader.TryRead(new byte[60], out _));
        Assert.Throws<ObjectDisposedException>(() => reader.Read(new byte[60], out _, TimeSpan.Zero, Token));
    }

    [Fact]
    public void A_reader_outlives_its_ring_and_leaves_its_place_then()
    {
        var provider = new StdShMemProvider();
        using var segment = provider.Create(SharedRing.SizeFor(64));
        using var opened = provider.Open(segment.Description);
        var ring = SharedRing.Create(segment);
        var reader = ring.Join(RingStart.Newest);
        ring.Write([7], RingPressure.Fail);
        ring.Dispose();
        segment.Dispose();
        var buffer = new byte[60];
        Assert.True(reader.Read(buffer, out var length, Patience, Token));
        Assert.Equal((1, 7), (length, buffer[0]));
        using var other = SharedRing.Open(opened);
        other.Write(new byte[60], RingPressure.Fail);
        Assert.Equal(RingWrite.Full, other.Write([], RingPressure.Fail));
        reader.Dispose();
        Assert.Equal(RingWrite.Written, other.Write([], RingPressure.Fail));
    }

    [Property(MaxTest = 1000)]
    public void Damaged_bytes_are_refused_or_read_within_the_mapping(ushort word, ulong value, bool small, bool header)
    {
        using var segment = new HeapShMemProvider().Create(SharedRing.SizeFor(256));
        using (var first = SharedRing.Create(segment))
        {
            for (var i = 0; i < 20; i++) first.Write(new byte[20], RingPressure.Fail);
        }

        // Not the mutex's state: a foreign owner that seems to live is waited for.
        var at = (header ? word % 50 : word % (int)(segment.Length / 8)) * 8;
        if (at == RingMemory.MutexOffset) return;
        segment.Ref<ulong>(at) = small ? value % 256 : value;
        try
        {
            using var ring = SharedRing.Open(segment);
            using var reader = ring.Join(RingStart.Oldest);
            var buffer = new byte[ring.LongestMessage];
            for (var i = 0; i < 20; i++)
            {
                ring.Write(new byte[50], RingPressure.Fail);
                reader.TryRead(buffer, out _);
            }
        }
        catch (ShMemException e)
        {
            Assert.Contains(e.Error, (ShMemError[])[ShMemError.Invalid, ShMemError.Unsupported]);
        }
    }

    // A length of 4 bytes that begins 3 before the capacity's end would end behind the segment.
    [Theory]
    [InlineData(61)]
    [InlineData(62)]
    [InlineData(63)]
    public void A_tail_within_a_message_is_refused_before_anything_is_written(long tail)
    {
        using var segment = new HeapShMemProvider(ShMemGuard.After).Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        segment.Ref<long>(RingMemory.TailOffset) = tail;
        segment.Ref<long>(RingMemory.OldestOffset) = tail;
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => ring.Write([], RingPressure.Fail)).Error);
    }

    [Fact]
    public void Neither_writing_nor_reading_allocates()
    {
        using var segment = new HeapShMemProvider().Create(SharedRing.SizeFor(256));
        using var ring = SharedRing.Create(segment);
        using var reader = ring.Join(RingStart.Newest);
        var buffer = new byte[ring.LongestMessage];
        Assert.Equal(0, Allocations.OfRounds(Round));

        void Round()
        {
            for (var i = 0; i < 10; i++) ring.Write(buffer.AsSpan(0, 30), RingPressure.Drop);
            while (reader.TryRead(buffer, out _)) { }
        }
    }

    public static class Arbitraries
    {
        public static Arbitrary<RingEvent> Events() => Arb.From(
            from kind in Gen.Frequency((6, Gen.Constant(RingEventKind.Write)), (6, Gen.Constant(RingEventKind.Read)), (1, Gen.Constant(RingEventKind.Join)),
                (1, Gen.Constant(RingEventKind.JoinOldest)), (1, Gen.Constant(RingEventKind.Leave)))
            from reader in Gen.Choose(0, 2)
            from length in Gen.Frequency((4, Gen.Choose(0, 40)), (1, Gen.Choose(0, 124)))
            select new RingEvent(kind, reader, length));
    }
}
