using Shmem.Backends;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>The target, loaded and instrumented, in a process that lives for it. Its map is in the process's segment.</summary>
internal sealed unsafe class PreparedTarget
{
    private PreparedTarget(ProcessMemory memory, TargetInvoker invoker, WorkerPayload payload, InstrumentedSet set)
    {
        Memory = memory;
        Invoker = invoker;
        Expected = new ExpectedExceptions(payload.Expect);
        Identity = new MapIdentity(set.Identity.Span);
        Names = new Lazy<ITargetNames>(() => TargetTypeNames.FromFiles(set.Assemblies.Select(a => a.Path)));
    }

    public ProcessMemory Memory { get; }

    public TargetInvoker Invoker { get; }

    public ExpectedExceptions Expected { get; }

    public MapIdentity Identity { get; }

    /// <summary>Which types are the target's; read at the first finding, in the copies: the originals may be gone by then.</summary>
    public Lazy<ITargetNames> Names { get; }

    /// <summary>Maps the process's segment, which stays mapped until the process ends, and loads the target.</summary>
    /// <exception cref="Commands.InputException">The target cannot start.</exception>
    public static PreparedTarget Load(ShMem segment, WorkerPayload payload)
    {
        ExpectedWords.Listen(payload.Expect);
        var memory = ProcessMemory.Open(segment);
        // Before anything of the target runs: its counters are folded into the code that the JIT makes.
        TraceMap.Attach(LowView.Of(memory.Map.Start, memory.Map.Length), memory.Map.Length);
        var set = InstrumentationCache.Open().Load(Convert.FromHexString(payload.SetIdentity), payload.SetAssemblies);
        return new PreparedTarget(memory, TargetInvoker.Load(payload.Target, set), payload, set);
    }

    /// <summary>
    /// Runs the target once on an input that is committed to the ring, there or where it was made. Where an exception left it, the phase stays that it runs: what is asked of the exception
    /// is answered by the target's code.
    /// </summary>
    /// <returns>
    /// The exception that left the target, unless it is an expected one; a <see cref="MissingDependencyException"/> where it comes from one, whatever is
    /// expected: who expects a <see cref="FileNotFoundException"/> means the target's own.
    /// </returns>
    public Exception? Run(ReadOnlySpan<byte> input)
    {
        Memory.Map.Clear();
        return RunOnClearMap(input);
    }

    /// <summary>
    /// The same, where <see cref="CoverageBoard.ClearIfKnown"/> cleared the map after the last run. What a thread that the target left running has counted since is
    /// this input's.
    /// </summary>
    public Exception? RunOnClearMap(ReadOnlySpan<byte> input)
    {
        Memory.Phase = ProcessPhase.Running;
        Exception? left = null;
        try
        {
            Invoker.Run(input);
        }
#pragma warning disable CA1031 // Whatever leaves the target is its answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            left = e;
        }

        Memory.Executions++;
        var unexpected = left is null ? null : Unexpected(left);
        if (unexpected is null) Memory.Phase = ProcessPhase.Judging;
        return unexpected;
    }

    private Exception? Unexpected(Exception left)
    {
        if (MissingDependencyException.In(left) is { } missing) return missing;
        return Expected.Contains(left) ? null : left;
    }
}
