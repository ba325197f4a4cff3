using Shmem.Backends;
using Shmem.Backends.Arena;
using Xunit;

namespace Shmem.Tests.Arena;

public enum ArenaEventKind
{
    Allocate,
    AllocateMore,
    Open,
    Free,
    Leave,
}

public sealed record ArenaEvent(ArenaEventKind Kind, int Holder, int Size, int Cell);

/// <summary>What an arena is for, without regard to how: a set of cells, each with its holders and its bytes, none over another.</summary>
internal sealed class ArenaSpecification
{
    private const int Largest = 1000;

    private readonly ShMem _segment;
    private readonly SharedArena[] _arenas;
    private readonly List<Cell> _cells = [];

    public ArenaSpecification(ShMem segment)
    {
        _segment = segment;
        _arenas = [SharedArena.Create(segment, Largest), .. Enumerable.Range(0, 3).Select(_ => SharedArena.Open(segment))];
    }

    public void Apply(ArenaEvent e)
    {
        var arena = _arenas[e.Holder];
        var cell = _cells.Count == 0 ? null : _cells[e.Cell % _cells.Count];
        switch (e.Kind)
        {
            case ArenaEventKind.Allocate or ArenaEventKind.AllocateMore:
                if (!arena.TryAllocate(e.Size, out var description)) break;
                Assert.All(_cells.Where(c => c.Holders.Count > 0), c => Assert.True(
                    description.Offset >= c.Description.Offset + c.Description.Size || description.Offset + description.Size <= c.Description.Offset));
                Assert.Equal(0, description.Offset % Math.Min(64, Math.Max(4, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)e.Size))));
                Assert.False(arena.Bytes(description).ContainsAnyExcept((byte)0));
                arena.Bytes(description).Fill((byte)(_cells.Count + 1));
                _cells.Add(new Cell(description, (byte)(_cells.Count + 1), [e.Holder]));
                break;
            case ArenaEventKind.Open when cell is not null:
                var lives = cell.Holders.Count > 0;
                Assert.Equal(lives, arena.TryOpen(cell.Description));
                if (lives) cell.Holders.Add(e.Holder);
                break;
            case ArenaEventKind.Free when cell is not null:
                Assert.Equal(cell.Holders.Remove(e.Holder), arena.Free(cell.Description));
                break;
            case ArenaEventKind.Leave:
                arena.Dispose();
                foreach (var left in _cells) left.Holders.Remove(e.Holder);
                _arenas[e.Holder] = SharedArena.Open(_segment);
                break;
        }

        foreach (var held in _cells)
            foreach (var holder in held.Holders) Assert.False(_arenas[holder].Bytes(held.Description).ContainsAnyExcept(held.Fill));
    }

    /// <summary>When all have let go, everything is free again: each block in use holds as many cells as a new one.</summary>
    public void End()
    {
        foreach (var arena in _arenas) arena.Dispose();
        using var last = SharedArena.Open(_segment);
        var given = 0;
        while (last.TryAllocate(Largest, out _)) given++;
        foreach (var size in (int[])[4, 16, 64, 128])
            while (last.TryAllocate(size, out _)) given++;
        Assert.True(given > 0);
        Assert.All(_cells, c => Assert.False(last.TryOpen(c.Description)));
    }

    private sealed record Cell(ArenaCell Description, byte Fill, HashSet<int> Holders);
}
