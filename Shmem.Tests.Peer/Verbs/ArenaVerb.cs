using System.Globalization;
using Shmem.Backends.Arena;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Uses the cells of an arena, and may die at any step of it.</summary>
internal static class ArenaVerb
{
    /// <summary>What the peer fills its cells with.</summary>
    private const byte Ours = 0xAA;

    /// <summary>Opens the arena and a cell of another process, allocates two, lets one and the other's go, and leaves with the rest.</summary>
    public static int Use(string segment, string cell, string steps)
    {
        using var view = DescriptionArgument.Open(segment);
        Console.WriteLine("running");
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        var arena = SharedArena.Open<Death>(view);
        if (!arena.TryAllocate<Death>(100, out var first) || !arena.TryAllocate<Death>(100, out var second)) return 3;
        // A cell is all zero, whoever had it before.
        if (arena.Bytes(first).ContainsAnyExcept((byte)0) || arena.Bytes(second).ContainsAnyExcept((byte)0)) return 4;
        arena.Bytes(first).Fill(Ours);
        arena.Bytes(second).Fill(Ours);
        var other = Parse(cell);
        if (!arena.TryOpen<Death>(other)) return 5;
        if (!arena.Free<Death>(first) || !arena.Free<Death>(other)) return 6;
        arena.Dispose<Death>();
        return 0;
    }

    /// <summary>Takes back what dead processes held.</summary>
    public static int Sweep(string segment, string steps)
    {
        using var view = DescriptionArgument.Open(segment);
        using var arena = SharedArena.Open(view);
        Console.WriteLine("running");
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        arena.ReleaseDead<Death>();
        return 0;
    }

    /// <summary>Allocates and frees until it is killed, and ends by itself with an error when another wrote into a cell that it holds.</summary>
    public static int Churn(string segment)
    {
        using var view = DescriptionArgument.Open(segment);
        using var arena = SharedArena.Open(view);
        var mine = Environment.ProcessId;
        var held = new Queue<ArenaCell>();
        var random = new Random(mine);
        Console.WriteLine("running");
        while (true)
        {
            if (held.Count < 20 && arena.TryAllocate(random.Next(4, 300), out var cell))
            {
                if (arena.Bytes(cell).ContainsAnyExcept((byte)0)) return 4;
                arena.Bytes(cell).Fill((byte)mine);
                held.Enqueue(cell);
            }

            if (held.Count == 0 || (held.Count < 20 && random.Next(3) > 0)) continue;
            var last = held.Dequeue();
            if (arena.Bytes(last).ContainsAnyExcept((byte)mine)) return 5;
            if (!arena.Free(last)) return 6;
        }
    }

    /// <summary>A cell on the command line: its encoded form in hexadecimal.</summary>
    public static ArenaCell Parse(string cell) =>
        ArenaCell.TryRead(Convert.FromHexString(cell), out var parsed) ? parsed : throw new FormatException($"no cell: {cell}");
}
