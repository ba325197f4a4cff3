namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>One line of <see cref="StackReader"/>'s output: one thread's frames at one moment, innermost first; or why there are none.</summary>
internal sealed record StackSample
{
    /// <summary>Counts the moments from 0.</summary>
    public int Moment { get; init; }

    /// <summary>The operating system's number of the thread.</summary>
    public long Thread { get; init; }

    /// <summary>Normalised names, see <see cref="FrameName"/>.</summary>
    public IReadOnlyList<string> Frames { get; init; } = [];

    /// <summary>What kept stacks from being read; then nothing else is set.</summary>
    public StackFailure? Failure { get; init; }

    /// <summary>The failure in words.</summary>
    public string? Reason { get; init; }
}
