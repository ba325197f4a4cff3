using System.Text.Json;
using System.Text.Json.Serialization;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// A finding as a process tells the broker of it: one line of JSON, the details of a corpus log's record of kind finding. What is saved of it is a
/// <see cref="Output.FindingRecord"/>.
/// </summary>
internal sealed record Finding
{
    /// <summary>The most bytes that one finding takes as JSON.</summary>
    public const int MaxJson = ushort.MaxValue;

    private const int MaxFrames = 64;

    /// <summary>How the execution ended.</summary>
    public required FindingKind Kind { get; init; }

    /// <summary>The text of its <see cref="FindingKey"/>.</summary>
    public required string Key { get; init; }

    /// <summary>The exception's full type name, where there was an exception.</summary>
    public string? ExceptionType { get; init; }

    /// <summary>The first line of the message.</summary>
    public string? Message { get; init; }

    /// <summary>The process's exit code; 0 where it lived.</summary>
    public int ExitCode { get; init; }

    /// <summary>The stack, innermost first; of an overflow the cycle, in the order of its calls.</summary>
    public IReadOnlyList<FindingFrame> Frames { get; init; } = [];

    /// <summary>Who found it.</summary>
    public required FindingSource Source { get; init; }

    /// <summary>A finding from a death.</summary>
    public static Finding From(DeathReport death, FindingSource source) => new()
    {
        Kind = death.Kind,
        Key = FindingKey.Of(death).Text,
        ExceptionType = death.ExceptionType,
        Message = death.Message,
        ExitCode = death.End.ExitCode,
        Frames = [.. (death.Cycle.Count > 0 ? death.Cycle : death.Frames).Take(MaxFrames)],
        Source = source,
    };

    /// <summary>A finding from an exception caught in process.</summary>
    public static Finding From(ExceptionReport exception, FindingSource source) => new()
    {
        Kind = exception.Kind,
        Key = FindingKey.Of(exception).Text,
        ExceptionType = exception.ExceptionType,
        Message = exception.Message,
        Frames = [.. exception.Frames.Take(MaxFrames)],
        Source = source,
    };

    /// <summary>What is told of an exception that left the target method.</summary>
    public static Finding From(Exception exception, ITargetNames names, FindingSource source) => exception is MissingDependencyException missing
        ? FromMissing(missing, source)
        : From(ExceptionReport.From(exception, names), source);

    /// <summary>A finding from a hang's stacks (each innermost first, outermost shared); none where they could not be read.</summary>
    public static Finding FromHang(IReadOnlyList<IReadOnlyList<FindingFrame>> stacks, FindingSource source) => new()
    {
        Kind = FindingKind.Hang,
        Key = FindingKey.OfHang(stacks).Text,
        Frames = [.. SharedFrames.FromOutermost(stacks).Take(MaxFrames)],
        Source = source,
    };

    private static Finding FromMissing(MissingDependencyException missing, FindingSource source)
    {
        var words = FirstLine.Of(missing.Message);
        return new Finding { Kind = FindingKind.MissingDependency, Key = FindingKey.OfMissing(words).Text, Message = words, Source = source };
    }

    /// <summary>One line of JSON without its line feed, at most <see cref="MaxJson"/> bytes: outer frames are left out until it fits.</summary>
    public byte[] ToJson()
    {
        for (var finding = this; ; finding = finding with { Frames = [.. finding.Frames.Take(finding.Frames.Count / 2)] })
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(finding, FindingJsonContext.Default.Finding);
            if (json.Length <= MaxJson)
                return json;
            if (finding.Frames.Count == 0)
                throw new InvalidOperationException($"a finding of {json.Length} bytes without frames: {finding.Key}");
        }
    }

    /// <summary>The finding of a line of JSON from outside; null where it is none.</summary>
    public static Finding? FromJson(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxJson)
            return null;
        try
        {
            var finding = JsonSerializer.Deserialize(json, FindingJsonContext.Default.Finding);
            return finding is not null && finding.IsWhole() ? finding : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [JsonIgnore]
    internal FindingKey? ParsedKey => FindingKey.FromText(Key);

    // What the serialiser does not check.
    private bool IsWhole() => Enum.IsDefined(Kind) && ParsedKey is not null && Frames.All(frame => frame is not null);
}
