using Shmem.Backends;
using Shmem.Backends.Ring;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Ring;

/// <summary>A second process is killed with SIGKILL at every step of writing, joining and reading.</summary>
public sealed class KilledParticipantTests
{
    private static readonly int Killed = PeerProcess.Killed;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Inside, room made, written, committed, outside, notified.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task A_writer_killed_at_any_step_leaves_its_message_whole_or_nothing(int survived)
    {
        const int Steps = 6, Committed = 3;
        using var segment = new StdShMemProvider().Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        using var reader = ring.Join(RingStart.Newest);
        // The peer's message has to take the room of ones that were read, and goes on at the beginning.
        var buffer = new byte[60];
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RingWrite.Written, ring.Write(new byte[20], RingPressure.Fail));
            Assert.True(reader.TryRead(buffer, out _));
        }

        // A reader that sleeps sees what is committed although nobody wakes it.
        var expected = survived >= Committed;
        var reads = expected ? Task.Factory.StartNew(() => reader.Read(buffer, out var length, Patience) ? length : -1, TaskCreationOptions.LongRunning) : null;
        var peer = await PeerProcess.RunAsync(Patience, "ring-write", Argument(segment), $"{survived}");
        Assert.Equal(survived < Steps ? Killed : 0, peer.ExitCode);
        if (reads is not null)
        {
            Assert.Equal(41, await reads.WaitAsync(Patience, Token));
            Assert.False(buffer.AsSpan(0, 41).ContainsAnyExcept((byte)0xBB));
        }

        Assert.False(reader.TryRead(buffer, out _));
        // The next writer goes on, with a message that needs all the room.
        Assert.Equal(RingWrite.Written, ring.Write([.. Enumerable.Repeat((byte)7, 60)], RingPressure.Wait, Patience, Token));
        Assert.True(reader.TryRead(buffer, out var next));
        Assert.Equal(60, next);
        Assert.False(buffer.AsSpan().ContainsAnyExcept((byte)7));
    }

    /// <summary>Cursor set, joined, copied, advanced.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task A_reader_killed_at_any_step_keeps_no_room(int survived)
    {
        const int Steps = 4;
        using var segment = new StdShMemProvider().Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        ring.Write(new byte[28], RingPressure.Fail);
        ring.Write(new byte[20], RingPressure.Fail);
        var peer = await PeerProcess.RunAsync(Patience, "ring-read", Argument(segment), "Oldest", $"{survived}");
        Assert.Equal(survived < Steps ? Killed : 0, peer.ExitCode);
        for (var i = 0; i < 10; i++) Assert.Equal(RingWrite.Written, ring.Write(new byte[60], RingPressure.Wait, Patience, Token));
        // All places are free: none is kept by the dead.
        var readers = Enumerable.Range(0, SharedRing.MostReaders).Select(_ => ring.Join(RingStart.Newest)).ToList();
        readers.ForEach(r => r.Dispose());
    }

    /// <summary>It died while it read the first of three messages: before its place was its own nobody is succeeded; before its cursor moved that message is read again.</summary>
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    public async Task The_successor_of_a_killed_reader_loses_no_message(int survived, int first)
    {
        using var segment = new StdShMemProvider().Create(SharedRing.SizeFor(64));
        using var ring = SharedRing.Create(segment);
        for (byte i = 1; i <= 3; i++) ring.Write([i], RingPressure.Fail);
        Assert.Equal(Killed, (await PeerProcess.RunAsync(Patience, "ring-read", Argument(segment), "Successor", $"{survived}")).ExitCode);
        using var reader = ring.Join(RingStart.Successor);
        var buffer = new byte[60];
        for (var i = first; i <= 3; i++)
        {
            Assert.True(reader.TryRead(buffer, out _));
            Assert.Equal(i, buffer[0]);
        }

        Assert.False(reader.TryRead(buffer, out _));
    }

    [Fact]
    public async Task Many_writers_and_one_reader_lose_and_tear_nothing_though_others_are_killed()
    {
        const int Writers = 3, Messages = 20_000;
        using var segment = new StdShMemProvider().Create(SharedRing.SizeFor(4096));
        using var ring = SharedRing.Create(segment);
        using var reader = ring.Join(RingStart.Newest);
        var steady = Enumerable.Range(0, Writers).Select(i => PeerProcess.RunAsync(TimeSpan.FromMinutes(3), "ring-pour", Argument(segment), $"{i}", $"{Messages}")).ToList();
        // Killed at their limit, wherever they are: writers in the midst of a message, and readers that the writers wait for.
        var killed = Enumerable.Range(0, 4).Select(i => i % 2 == 0
            ? PeerProcess.RunAsync(TimeSpan.FromMilliseconds(50 + 20 * i), "ring-pour", Argument(segment), $"{Writers + i}", "100000000")
            : PeerProcess.RunAsync(TimeSpan.FromMilliseconds(50 + 20 * i), "ring-drink", Argument(segment))).ToList();
        var next = new int[Writers + 4];
        var buffer = new byte[ring.LongestMessage];
        while (next.Take(Writers).Any(n => n < Messages))
        {
            Assert.True(reader.Read(buffer, out var length, Patience, Token));
            var (writer, number) = (BitConverter.ToInt32(buffer), BitConverter.ToInt32(buffer, 4));
            Assert.Equal((writer, next[writer]), (writer, number));
            Assert.Equal(8 + number % 50, length);
            Assert.False(buffer.AsSpan(8, length - 8).ContainsAnyExcept((byte)number));
            next[writer]++;
        }

        // Those who are to be killed go on writing until then: somebody has to read.
        var gone = Task.WhenAll(killed);
        while (!gone.IsCompleted) reader.Read(buffer, out _, TimeSpan.FromMilliseconds(10), Token);
        Assert.All(await gone, peer => Assert.Null(peer.ExitCode));
        Assert.All(await Task.WhenAll(steady), peer => Assert.Equal((0, ""), (peer.ExitCode, peer.Error)));
    }

    [Fact]
    public async Task Each_of_many_readers_sees_all_that_one_writer_wrote()
    {
        const int Messages = 20_000;
        using var segment = new StdShMemProvider().Create(SharedRing.SizeFor(4096));
        using var ring = SharedRing.Create(segment);
        var readers = Enumerable.Range(0, 3).Select(_ => ring.Join(RingStart.Newest)).ToList();
        var all = readers.Select(reader => Task.Factory.StartNew(() =>
        {
            var buffer = new byte[ring.LongestMessage];
            for (var i = 0; i < Messages; i++)
            {
                Assert.True(reader.Read(buffer, out var length, Patience));
                Assert.Equal((i, 8 + i % 50), (BitConverter.ToInt32(buffer, 4), length));
                Assert.False(buffer.AsSpan(8, length - 8).ContainsAnyExcept((byte)i));
            }
        }, TaskCreationOptions.LongRunning)).ToList();
        var peer = PeerProcess.RunAsync(TimeSpan.FromMinutes(3), "ring-pour", Argument(segment), "0", $"{Messages}");
        await Task.WhenAll(all);
        Assert.Equal((0, ""), ((await peer).ExitCode, (await peer).Error));
        readers.ForEach(r => r.Dispose());
    }

    [Fact]
    public async Task Processes_that_read_see_all_that_one_writes_though_two_of_them_are_killed()
    {
        const int Messages = 20_000, Part = 5_000;
        using var segment = new StdShMemProvider().Create(SharedRing.SizeFor(4096));
        using var ring = SharedRing.Create(segment);
        var readers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => PeerSession.Start([], ["ring-follow", Argument(segment)], prepare: null)));
        var (idle, busy, steady) = (readers[0], readers[1], readers[2..]);
        try
        {
            await idle.Tell($"{Part}");
            foreach (var reader in readers[1..]) await reader.Tell($"{Messages}");
            using var writer = SharedRing.Open(segment);
            var writes = Task.Factory.StartNew(() => Pour(writer, Messages), TaskCreationOptions.LongRunning);
            Assert.Equal($"ok {Part}", await idle.Answer());
            // It reads no more, and the ring has not the room for what follows: the writer waits for it, and nobody sees the last message.
            Assert.False(writes.IsCompleted);
            await busy.Kill();
            Assert.False(writes.IsCompleted);
            await idle.Kill();
            Assert.Equal(RingWrite.Written, await writes.WaitAsync(2 * Patience, Token));
            foreach (var reader in steady) Assert.Equal($"ok {Messages}", await reader.Answer());
        }
        finally
        {
            foreach (var reader in readers) await reader.DisposeAsync();
        }
    }

    /// <summary>As the peer's verb does.</summary>
    private static RingWrite Pour(SharedRing ring, int messages)
    {
        var result = RingWrite.Written;
        var message = new byte[8 + 50];
        for (var i = 0; i < messages && result == RingWrite.Written; i++)
        {
            BitConverter.TryWriteBytes(message.AsSpan(4), i);
            message.AsSpan(8).Fill((byte)i);
            result = ring.Write(message.AsSpan(0, 8 + i % 50), RingPressure.Wait, Patience, Token);
        }

        return result;
    }

    private static string Argument(ShMem segment) => $"{segment.Id}/{segment.Length}";
}
