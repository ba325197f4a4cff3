namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>What is known of a process's death.</summary>
internal sealed record DeathReport(FindingKind Kind, ProcessEnd End)
{
    /// <summary>The exception's full type name, where an exception was named.</summary>
    public string? ExceptionType { get; init; }

    /// <summary>Whether the user said that the exception is no finding; see <see cref="ExpectedWords"/>.</summary>
    public bool IsExpected { get; init; }

    /// <summary>The first line of the message.</summary>
    public string? Message { get; init; }

    /// <summary>The stack that was printed, innermost first, at most <see cref="DeathParser.MaxFrames"/>; empty where none was.</summary>
    public IReadOnlyList<FindingFrame> Frames { get; init; } = [];

    /// <summary>Of a stack overflow: the frames that recur, see <see cref="RecursionCycle"/>; else empty.</summary>
    public IReadOnlyList<FindingFrame> Cycle { get; init; } = [];
}
