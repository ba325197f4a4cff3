using Shmem.Backends.Slots;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>A worker process that lives, as the broker watches it.</summary>
internal sealed class LiveWorker(long number, ProcessMemory memory, ProgressWatch watch)
{
    private int _isKilled;

    public long Number { get; } = number;

    public ProcessMemory Memory { get; } = memory;

    public ProgressWatch Watch { get; } = watch;

    /// <summary>Its pid; 0 before it has joined.</summary>
    public int Pid { get; set; }

    /// <summary>The slot that it holds; null for the spare.</summary>
    public int? Slot { get; set; }

    public int Generation { get; set; }

    /// <summary>True for the first caller: one kill is enough.</summary>
    public bool TryKill() => Interlocked.Exchange(ref _isKilled, 1) == 0;
}
