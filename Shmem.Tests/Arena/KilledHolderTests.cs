using Shmem.Backends;
using Shmem.Backends.Arena;
using Shmem.Backends.Interop;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Arena;

/// <summary>A second process is killed with SIGKILL at every step of opening an arena, allocating, opening, freeing, leaving, and taking back what the dead held.</summary>
public sealed class KilledHolderTests
{
    private static readonly int Killed = PeerProcess.Killed;
    private const int Size = 8192;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Registered; twice claimed, cleared, numbered, published; joined; released; released; and while leaving one cell taken, slot freed. From the first step to the
    /// last but one the peer is a holder when it dies.
    /// </summary>
    private const int Steps = 1 + 2 * 4 + 1 + 2 + 2;

    [Fact]
    public async Task A_holder_killed_at_any_step_leaves_every_cell_whole_and_none_lost()
    {
        for (var survived = 0; survived <= Steps; survived++)
        {
            using var segment = new StdShMemProvider().Create(Size);
            using var arena = SharedArena.Create(segment, 128);
            var room = Room(arena);
            var (shared, own) = (arena.Allocate(100), arena.Allocate(100));
            arena.Bytes(shared).Fill(1);
            arena.Bytes(own).Fill(2);

            var peer = await PeerProcess.RunAsync(Limit, "arena-use", Argument(segment), Hex(shared), $"{survived}");

            Assert.Equal((survived, survived < Steps ? Killed : 0), (survived, peer.ExitCode));
            Assert.Equal((survived, survived < Steps - 1 ? 1 : 0), (survived, arena.ReleaseDead()));
            Assert.Equal(0, arena.ReleaseDead());
            Assert.Equal((survived, room - 2), (survived, Room(arena)));
            Assert.False(arena.Bytes(shared).ContainsAnyExcept((byte)1));
            Assert.False(arena.Bytes(own).ContainsAnyExcept((byte)2));
            Assert.True(arena.Free(shared) && arena.Free(own));
            Assert.Equal((survived, room), (survived, Room(arena)));
        }
    }

    [Fact]
    public async Task Who_finds_no_room_takes_it_from_the_dead_without_being_told_to()
    {
        using var segment = new StdShMemProvider().Create(Size);
        using var arena = SharedArena.Create(segment, 128);
        var room = Room(arena);
        var shared = arena.Allocate(100);
        // Dies holding the two that it allocated and ours.
        Assert.Equal(Killed, (await PeerProcess.RunAsync(Limit, "arena-use", Argument(segment), Hex(shared), "9")).ExitCode);
        Assert.Equal(room - 1, Room(arena));
    }

    /// <summary>Slot taken, three cells taken, slot freed.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Who_takes_back_from_the_dead_and_is_killed_over_it_is_one_of_them(int survived)
    {
        const int Steps = 5;
        using var segment = new StdShMemProvider().Create(Size);
        using var arena = SharedArena.Create(segment, 128);
        var room = Room(arena);
        var shared = arena.Allocate(100);
        Assert.Equal(Killed, (await PeerProcess.RunAsync(Limit, "arena-use", Argument(segment), Hex(shared), "9")).ExitCode);

        var sweeper = await PeerProcess.RunAsync(Limit, "arena-sweep", Argument(segment), $"{survived}");

        Assert.Equal(survived < Steps ? Killed : 0, sweeper.ExitCode);
        // The slot that it was taking, unless it was done with it, and the sweeper's own.
        Assert.Equal((survived < Steps - 1 ? 1 : 0) + (survived < Steps ? 1 : 0), arena.ReleaseDead());
        Assert.True(arena.Free(shared));
        Assert.Equal(room, Room(arena));
    }

    /// <summary>DESIGN.md, rule 8: a lease may end, a process may be silent; its bytes are parked until the system says that it is gone.</summary>
    [Fact]
    public async Task What_a_silent_process_holds_is_parked_until_it_is_gone()
    {
        using var segment = new StdShMemProvider().Create(Size);
        using var arena = SharedArena.Create(segment, 128);
        var room = Room(arena);
        var cell = arena.Allocate(100);
        await using var peer = await PeerSession.Start();
        await peer.Ask($"open {segment.Id.ToString()} {segment.Length}");
        Assert.Equal("ok", await peer.Ask($"hold 0 {Hex(cell)}"));
        Assert.True(arena.Free(cell));
        Assert.Equal(room - 1, Room(arena));

        // Windows stops no process: there it is merely silent.
        if (!OperatingSystem.IsWindows()) Assert.Equal(0, LibcProcess.Kill(peer.Pid, 19)); // SIGSTOP
        Assert.Equal(0, arena.ReleaseDead());
        Assert.Equal(room - 1, Room(arena));
        // It is still the same cell: nobody was given its bytes.
        Assert.True(arena.TryOpen(cell));
        Assert.True(arena.Free(cell));

        await peer.Kill();
        Assert.Equal(room, Room(arena));
        Assert.False(arena.TryOpen(cell));
    }

    [Fact]
    public async Task Processes_that_come_and_are_killed_find_nobody_in_their_cells_and_leave_none()
    {
        using var segment = new StdShMemProvider().Create(1 << 16);
        using var arena = SharedArena.Create(segment, 512);
        var kept = Enumerable.Range(0, 20).Select(i => arena.Allocate(10 * i + 4)).ToList();
        foreach (var cell in kept) arena.Bytes(cell).Fill(0xEE);
        // At their limit they are killed, wherever they are; one that found a fault has ended before.
        for (var i = 0; i < 3; i++)
        {
            var peers = await Task.WhenAll(Enumerable.Range(0, 3).Select(j => PeerProcess.RunAsync(TimeSpan.FromMilliseconds(200 + 50 * j), "arena-churn", Argument(segment))));
            Assert.All(peers, peer => Assert.Null(peer.ExitCode));
        }

        Assert.InRange(arena.ReleaseDead(), 1, 9);
        Assert.All(kept, cell => Assert.False(arena.Bytes(cell).ContainsAnyExcept((byte)0xEE)));
        Assert.All(kept, cell => Assert.True(arena.Free(cell)));
        Assert.Equal(0, CellsHeld(segment, 512));
    }

    /// <summary>How many cells of 100 bytes there is room for.</summary>
    private static int Room(SharedArena arena)
    {
        var cells = new List<ArenaCell>();
        while (arena.TryAllocate(100, out var cell))
        {
            Assert.False(arena.Bytes(cell).ContainsAnyExcept((byte)0));
            arena.Bytes(cell).Fill(0xCC);
            cells.Add(cell);
        }

        Assert.All(cells, cell => Assert.True(arena.Free(cell)));
        return cells.Count;
    }

    /// <summary>Cells that somebody holds or claims, by the words themselves.</summary>
    private static unsafe int CellsHeld(ShMem segment, int largest)
    {
        const int Block = 4096;
        var blocks = new ArenaBlocks(segment.Pointer + SharedArena.HeaderSize, Block, (int)(segment.Length - SharedArena.HeaderSize) / Block, largest,
            why => throw new InvalidOperationException(why));
        var (held, used) = (0, 0);
        for (var block = 0; block < blocks.Count; block++)
        {
            if (blocks.CellSize(block) == 0) continue;
            used++;
            for (var cell = 0; cell < blocks.Cells(block); cell++) held += blocks.Entry(block, cell)->Holders == 0 ? 0 : 1;
        }

        Assert.True(used > 0);
        return held;
    }

    private static string Hex(ArenaCell cell)
    {
        var encoded = new byte[ArenaCell.EncodedSize];
        cell.Write(encoded);
        return Convert.ToHexString(encoded);
    }

    private static string Argument(ShMem segment) => $"{segment.Id}/{segment.Length}";
}
