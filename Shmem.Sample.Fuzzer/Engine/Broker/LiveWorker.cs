using Shmem.Backends.Slots;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// A worker process that lives, as the broker watches it. Its memory is unmapped at the process's end, on the supervisor's thread, while others still look:
/// they look through this, which then says that there is nothing.
/// </summary>
internal sealed class LiveWorker(long number, ProcessMemory memory, ProgressWatch watch)
{
    private readonly Lock _gate = new();
    private ProcessorWait? _wait;
    private int _isKilled;
    private bool _hasEnded;

    public long Number { get; } = number;

    public ProgressWatch Watch { get; } = watch;

    /// <summary>Its rate, for whoever shows it. It goes with the worker: a campaign of days has hundreds of thousands.</summary>
    public RateMeter Rate { get; } = new();

    /// <summary>Its pid; 0 before it has joined.</summary>
    public int Pid { get; set; }

    /// <summary>The slot that it holds; null for the spare.</summary>
    public int? Slot { get; set; }

    public int Generation { get; set; }

    /// <summary>Executions by which it had become warm when it got its slot.</summary>
    public long ExecutionsBefore { get; set; }

    /// <summary>When it got its slot, in milliseconds since the campaign's start; null for the spare.</summary>
    public long? SlotSince { get; set; }

    /// <summary>Executions that it has completed; 0 after its end, when they are counted among those of the dead.</summary>
    public long Executions => Look()?.Executions ?? 0;

    /// <summary>What it is doing; null after its end.</summary>
    public (long Executions, ProcessPhase Phase)? Look()
    {
        lock (_gate) return _hasEnded ? null : (memory.Executions, memory.Phase);
    }

    /// <summary>How long its target's thread has waited for a processor. For one thread only.</summary>
    public TimeSpan Waited() => Pid == 0 ? TimeSpan.Zero : (_wait ??= new ProcessorWait(Pid)).Read();

    /// <summary>Its memory, which belongs to the caller from now on: nobody else looks any more.</summary>
    public ProcessMemory End()
    {
        lock (_gate) _hasEnded = true;
        return memory;
    }

    /// <summary>True for the first caller: one kill is enough.</summary>
    public bool TryKill() => Interlocked.Exchange(ref _isKilled, 1) == 0;
}
