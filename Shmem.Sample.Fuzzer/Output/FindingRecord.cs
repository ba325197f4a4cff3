using System.Text.Json.Serialization;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>One saved finding, as a line of <c>findings.jsonl</c> and of the summary.</summary>
internal sealed record FindingRecord
{
    /// <summary>The saved input, relative to the output folder: <c>crashes/id:000000,…</c>.</summary>
    public required string File { get; init; }

    public required FindingKind Kind { get; init; }

    /// <summary>Kind and frame: one file is saved for each key.</summary>
    public required string Key { get; init; }

    /// <summary>Full name of the exception's type, where there is one.</summary>
    public string? Exception { get; init; }

    public string? Message { get; init; }

    /// <summary>The topmost frame of the library, where it is known.</summary>
    public string? Frame { get; init; }

    /// <summary>False where nobody could say what the input does alone: the campaign ended before, too many waited, or no process was to be had for it. Else left out.</summary>
    public bool? Confirmed { get; init; }

    /// <summary>When it was found, in milliseconds since the campaign's start, less the time between its runs.</summary>
    public long TimeMilliseconds { get; init; }

    /// <summary>Executions of the whole campaign until then.</summary>
    public long Executions { get; init; }

    /// <summary>
    /// True where another line has the key already: the file was saved by a fuzzer that was killed before its line, and was judged later. It is no finding more.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsMetAgain { get; init; }
}
