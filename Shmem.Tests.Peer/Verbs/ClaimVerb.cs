using System.Globalization;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Writes to a slot's log as a worker does, and may die at any step of it.</summary>
internal static class ClaimVerb
{
    /// <summary>Claims the map of a process's memory for its newest input, and returns 0 if the steps were fewer than those that it was to survive.</summary>
    public static int Claim(string board, string identity, string log, string next, string process, string steps)
    {
        using var boardSegment = DescriptionArgument.Open(board);
        using var processSegment = DescriptionArgument.Open(process);
        using var seen = CoverageBoard.Open(boardSegment, MapIdentity.Parse(identity));
        using var memory = ProcessMemory.Open(processSegment);
        using var writer = OpenWriter(log, next);
        var input = memory.Inputs.CopyInputs()[0].Bytes;
        Console.WriteLine("running");
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        return writer.Claim<Death>(seen, memory.Map, BoardKind.Queue, input, default, new RecordInfo { Executions = 7 }) == ClaimResult.Committed ? 0 : 3;
    }

    /// <summary>Appends a seed.</summary>
    public static int Append(string log, string next, string length, string steps)
    {
        using var writer = OpenWriter(log, next);
        var seed = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        seed.AsSpan().Fill(0x5A);
        Console.WriteLine("running");
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        return writer.Append<Death>(RecordKind.Entry, seed, default, default) ? 0 : 3;
    }

    /// <summary>Claims every edge of its map one by one, beside others that do the same.</summary>
    public static int Race(string board, string identity, string log)
    {
        using var boardSegment = DescriptionArgument.Open(board);
        using var logSegment = DescriptionArgument.Open(log);
        using var seen = CoverageBoard.Open(boardSegment, MapIdentity.Parse(identity));
        using var writer = CorpusLogWriter.Open(logSegment, 1, d => new StdShMemProvider().Open(d));
        using var mapSegment = new StdShMemProvider("heap").Create(ProcessMemory.SizeFor(seen.Edges));
        using var memory = ProcessMemory.Create(mapSegment, seen.Edges);
        Console.WriteLine("running");
        Span<byte> edge = stackalloc byte[sizeof(int)];
        for (var i = 0; i < seen.Edges; i++)
        {
            memory.Map.Clear();
            memory.Map.Counters[i] = 1;
            BitConverter.TryWriteBytes(edge, i);
            if (writer.Claim(seen, memory.Map, BoardKind.Queue, edge, default, default) == ClaimResult.NoRoom) return 3;
        }

        return 0;
    }

    private static CorpusLogWriter OpenWriter(string log, string next)
    {
        using var logSegment = DescriptionArgument.Open(log);
        var writer = CorpusLogWriter.Open(logSegment, 1, d => new StdShMemProvider().Open(d));
        if (next == "-") return writer;
        using var nextSegment = DescriptionArgument.Open(next);
        writer.SetNext(nextSegment);
        return writer;
    }
}
