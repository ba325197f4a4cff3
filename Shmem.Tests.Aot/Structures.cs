using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;

namespace Shmem.Tests.Aot;

/// <summary>What lies in segments.</summary>
internal static class Structures
{
    private const int Edges = 1000;

    public static void Claim()
    {
        var provider = new StdShMemProvider();
        using var memorySegment = provider.Create(ProcessMemory.SizeFor(Edges));
        using var memory = ProcessMemory.Create(memorySegment, Edges);
        using var boardSegment = provider.Create(CoverageBoard.SizeFor(Edges));
        using var board = CoverageBoard.Create(boardSegment, new MapIdentity(new byte[MapIdentity.Size]), Edges);
        using var logSegment = provider.Create(1 << 16);
        using var writer = CorpusLogWriter.Create(logSegment, slot: 3);
        memory.Map.Counters[999] = 5;
        Check.That(board.Compare(memory.Map, BoardKind.Queue) == BoardVerdict.NewEdges);
        Check.That(writer.Claim(board, memory.Map, BoardKind.Queue, "input"u8, default, new RecordInfo { Edges = 1 }) == ClaimResult.Committed);
        Check.That(writer.Claim(board, memory.Map, BoardKind.Queue, "input"u8, default, default) == ClaimResult.Dropped);
        Check.That(board.EdgesFound(BoardKind.Queue) == 1);
        using var reader = new CorpusLogReader(logSegment, next => provider.Open(next));
        Check.That(reader.TryRead(out var record) && record.Payload.SequenceEqual("input"u8) && record.Info.Edges == 1);
        Check.That(!reader.TryRead(out _));
    }

    public static void Remember()
    {
        var provider = new StdShMemProvider();
        using var segment = provider.Create(ProcessMemory.SizeFor(Edges));
        using (var memory = ProcessMemory.Create(segment, Edges))
        {
            "abc"u8.CopyTo(memory.Inputs.Begin(3));
            memory.Inputs.Commit(3);
            memory.Phase = ProcessPhase.Running;
        }

        using (var memory = ProcessMemory.Open(segment))
        {
            Check.That(memory.Phase == ProcessPhase.Running);
            Check.That(memory.Inputs.CopyInputs() is [{ Number: 1, Bytes: [97, 98, 99] }]);
        }

        using var checkpointSegment = provider.Create(SlotCheckpoint.SizeFor(100));
        using var checkpoint = SlotCheckpoint.Create(checkpointSegment, 100);
        Check.That(!checkpoint.TryRead(out _));
        checkpoint.Write("state"u8);
        Check.That(checkpoint.TryRead(out var state) && state.AsSpan().SequenceEqual("state"u8));
    }
}
