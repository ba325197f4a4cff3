using System.Runtime.Versioning;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Memfd;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Mutators;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Benchmarks.Loop;

/// <summary>A worker's loop with all that it works on, in this process and without a broker. One in a process: the target's counters are folded into its code.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LoopWorker : IDisposable
{
    private const int CheckpointEntries = 1 << 15;
    private const long LogBytes = 256 << 20;

    private readonly Stack<IDisposable> _held = new();

    public LoopWorker(TargetSpec spec, ReadOnlySpan<byte> seed)
    {
        var provider = new MemfdShMemProvider();
        var set = InstrumentationCache.Open().Instrument(TargetInspector.Inspect(spec).Assemblies);
        var memory = Held(provider.Create(ProcessMemory.SizeFor(set.EdgeCount)));
        ProcessMemory.Create(memory, set.EdgeCount).Dispose();
        Target = PreparedTarget.Load(memory, WorkerPayload.Of(set, spec, [], 1, Environment.TickCount64, provider));

        var board = Held(CoverageBoard.Create(Held(provider.Create(CoverageBoard.SizeFor(set.EdgeCount))), Target.Identity, set.EdgeCount));
        var log = Held(provider.Create(LogBytes));
        var writer = Held(CorpusLogWriter.Create(log, slot: 0));
        writer.Append(RecordKind.Entry, seed, default, default);
        var size = SlotState.SizeFor(CheckpointEntries);
        var checkpoint = Held(SlotCheckpoint.Create(Held(provider.Create(SlotCheckpoint.SizeFor(size))), size));
        Scheduler = new Scheduler(set.EdgeCount);
        var segments = new WorkerSegments(provider);
        Corpus = new SharedCorpus(segments, Scheduler);
        Corpus.Follow(log.Description);
        var mutator = new Mutator(TokenDictionary.Empty);
        Batch = new ChildBatch(Corpus, mutator);
        Loop = new FuzzLoop(Target, board, new SlotLog(writer, segments, _ => { }, () => Environment.TickCount64), new SlotState(checkpoint, segments, (_, _) => { }, () => Environment.TickCount64), Corpus, Scheduler, mutator,
            new FindingSource(0, 0, 0), Environment.TickCount64, new Rng(1));
    }

    public PreparedTarget Target { get; }

    public SharedCorpus Corpus { get; }

    public Scheduler Scheduler { get; }

    /// <summary>One that makes what the loop's own makes.</summary>
    public ChildBatch Batch { get; }

    public FuzzLoop Loop { get; }

    public void Dispose()
    {
        while (_held.TryPop(out var held)) held.Dispose();
    }

    private T Held<T>(T held) where T : IDisposable
    {
        _held.Push(held);
        return held;
    }
}
