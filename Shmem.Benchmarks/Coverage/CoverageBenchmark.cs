using System.Runtime.CompilerServices;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;
using Shmem.Benchmarks.Measuring;

namespace Shmem.Benchmarks.Coverage;

/// <summary>What an execution costs beside the target: clear, compare, phase and input, and the rare claim, for small, usual and large maps.</summary>
internal static unsafe class CoverageBenchmark
{
    private static readonly int[] Sizes = [4 << 10, 20 << 10, 64 << 10];
    private static readonly double[] Densities = [0, 0.003, 0.01, 0.1];

    public static void Run()
    {
        foreach (var edges in Sizes) Run(edges);
    }

    private static void Run(int edges)
    {
        var provider = new StdShMemProvider();
        using var boardSegment = provider.Create(CoverageBoard.SizeFor(edges));
        using var board = CoverageBoard.Create(boardSegment, default, edges);
        using var processSegment = provider.Create(ProcessMemory.SizeFor(edges));
        using var memory = ProcessMemory.Create(processSegment, edges);
        var contenders = new List<Contender> { Comparison.Here("clear", () => memory.Map.Clear()) };
        foreach (var density in Densities) contenders.Add(Compare(board, memory.Map, density));
        contenders.Add(HitAndClear(board, memory.Map, "1 % hit, compared, and cleared", (board, map) =>
        {
            if (board.Compare(map, BoardKind.Queue) == BoardVerdict.None) map.Clear();
        }));
        contenders.Add(HitAndClear(board, memory.Map, "1 % hit, compared and cleared in one pass", (board, map) => board.ClearIfKnown(map, BoardKind.Queue)));
        contenders.Add(Comparison.Here("phases of an execution", () => Phases(memory)));
        contenders.Add(Comparison.Here("input begun and committed", () =>
        {
            memory.Inputs.Begin(1024);
            memory.Inputs.Commit(100);
        }));
        contenders.Add(Claim(provider, edges));
        Comparison.Print($"Map of {edges} edges", 2000, contenders);
    }

    /// <summary>Hits at random places, all of them known to the board: the usual verdict.</summary>
    private static Contender Compare(CoverageBoard board, CoverageMap map, double density) => new($"compare, {density:P1} hit", rounds =>
    {
        var random = new Random(1);
        map.Clear();
        for (var i = 0; i < map.Edges; i++)
            if (random.NextDouble() < density) map.Counters[i] = (byte)random.Next(1, 256);
        Learn(board, map);
        return Comparison.Here("", () => board.Compare(map, BoardKind.Queue)).Measure(rounds);
    });

    /// <summary>Hits of which all are known to the board, and the end of an execution.</summary>
    private static Contender HitAndClear(CoverageBoard board, CoverageMap map, string name, Action<CoverageBoard, CoverageMap> clear) => new(name, rounds =>
    {
        map.Clear();
        for (var i = 0; i < map.Edges; i += 100) map.Counters[i] = 1;
        Learn(board, map);
        return Comparison.Here("", () =>
        {
            for (var i = 0; i < map.Edges; i += 100) map.Start[i] = 1;
            clear(board, map);
        }).Measure(rounds);
    });

    /// <summary>A claim of one new bucket with an input of 100 bytes, in a map with 1 % hit.</summary>
    private static Contender Claim(StdShMemProvider provider, int edges) => new("claim of one new edge, 1 % hit", rounds =>
    {
        using var boardSegment = provider.Create(CoverageBoard.SizeFor(edges));
        using var board = CoverageBoard.Create(boardSegment, default, edges);
        using var processSegment = provider.Create(ProcessMemory.SizeFor(edges));
        using var memory = ProcessMemory.Create(processSegment, edges);
        using var log = provider.Create(CorpusLog.DefaultSegment);
        log.Span.Clear();
        using var writer = CorpusLogWriter.Create(log, 0);
        for (var i = 0; i < edges; i += 100) memory.Map.Counters[i] = 1;
        Learn(board, memory.Map);
        var input = new byte[100];
        var edge = 1;
        return Comparison.Here("", () =>
        {
            memory.Map.Counters[edge] = 1;
            writer.Claim(board, memory.Map, BoardKind.Queue, input, default, default);
            memory.Map.Counters[edge] = 0;
            if (++edge % 100 == 0) edge++;
        }).Measure(Math.Min(rounds, edges / 2));
    });

    private static void Learn(CoverageBoard board, CoverageMap map)
    {
        using var segment = new StdShMemProvider("heap").Create(CorpusLog.SmallestSegment);
        using var writer = CorpusLogWriter.Create(segment, 0);
        writer.Claim(board, map, BoardKind.Queue, default, default, default);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Phases(ProcessMemory memory)
    {
        memory.Phase = ProcessPhase.Mutating;
        memory.Phase = ProcessPhase.Running;
        memory.Executions++;
        memory.Phase = ProcessPhase.Judging;
        memory.Phase = ProcessPhase.Claiming;
        memory.Phase = ProcessPhase.Idle;
    }
}
