using System.IO.Hashing;
using System.Text;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// What makes two findings one: the kind and the frame that stands for it (<see cref="KeyFrame"/>); of a stack overflow the cycle; of an exit
/// its code as well; without any frame the signal. One file is saved per key. An exception is one finding whether it was caught in process or killed it.
/// </summary>
internal sealed record FindingKey
{
    /// <summary>The longest text of a key, in characters.</summary>
    public const int MaxLength = 200;

    private FindingKey(string text) => Text = text;

    /// <summary>Printable, stable between runs and versions of the library that keep its names.</summary>
    public string Text { get; }

    /// <summary>Of a process's death.</summary>
    public static FindingKey Of(DeathReport death)
    {
        if (death.Cycle.Count > 0)
            return Make(death.Kind, string.Join(" > ", death.Cycle.Select(frame => frame.Name)));
        if (death.Kind == FindingKind.MissingDependency)
            return OfMissing(death.Message);
        var code = death.Kind switch
        {
            FindingKind.Signal => death.End.Signal > 0 ? death.End.Signal.ToString() : $"0x{death.End.ExitCode:X8}",
            FindingKind.Exit => death.End.ExitCode.ToString(),
            _ => null,
        };
        var frame = KeyFrame.Of(death.Frames)?.Name;
        // One helper of the library may be all its exits' frame: the code tells them apart.
        return Make(death.Kind, death.Kind == FindingKind.Exit && frame is not null ? $"{code} {frame}" : frame ?? code);
    }

    /// <summary>Of an exception caught in process.</summary>
    public static FindingKey Of(ExceptionReport exception) => Make(exception.Kind, KeyFrame.Of(exception.Frames)?.Name);

    /// <summary>Of a hang, from stacks of its thread at several moments (each innermost first): the frame that all share, from the outermost inward.</summary>
    public static FindingKey OfHang(IReadOnlyList<IReadOnlyList<FindingFrame>> stacks) =>
        Make(FindingKind.Hang, KeyFrame.Of(SharedFrames.FromOutermost(stacks))?.Name);

    /// <summary>
    /// Of memory that ran out by slow growth: the frame that the stacks under two memory limits share. The one that happened to ask for the
    /// last piece says nothing.
    /// </summary>
    public static FindingKey OfOutOfMemory(IReadOnlyList<FindingFrame> underOneLimit, IReadOnlyList<FindingFrame> underAnother) =>
        Make(FindingKind.OutOfMemory, KeyFrame.Of(SharedFrames.Common(underOneLimit, underAnother))?.Name);

    /// <summary>Of an assembly that the target's folder lacks, from the words that say which.</summary>
    public static FindingKey OfMissing(string? words) => Make(FindingKind.MissingDependency, words);

    /// <summary>The key of a text that was saved; null where it cannot be one.</summary>
    public static FindingKey? FromText(string? text) =>
        !string.IsNullOrEmpty(text) && text.Length <= MaxLength && Printable(text) == text ? new FindingKey(text) : null;

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static FindingKey Make(FindingKind kind, string? detail)
    {
        var whole = detail is null ? Word(kind) : $"{Word(kind)} {detail}";
        var text = Printable(whole);
        if (text == whole && text.Length <= MaxLength)
            return new FindingKey(text);

        // What was cut or replaced still tells keys apart.
        var hash = HashOf(whole);
        text = Printable(text[..Math.Min(text.Length, MaxLength - hash.Length - 1)]);
        return new FindingKey($"{text}~{hash}");
    }

    private static string Word(FindingKind kind) => kind switch
    {
        FindingKind.Exception or FindingKind.UnhandledException => "exception",
        FindingKind.StackOverflow => "stack-overflow",
        FindingKind.AccessViolation => "access-violation",
        FindingKind.FailFast => "fail-fast",
        FindingKind.Exit => "exit",
        FindingKind.Signal => "signal",
        FindingKind.OutOfMemory => "out-of-memory",
        FindingKind.Hang => "hang",
        FindingKind.MissingDependency => "missing-dependency",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var shown = rune.IsAscii ? rune.Value is >= ' ' and <= '~' : Rune.IsLetterOrDigit(rune);
            printable.Append(shown ? rune.ToString() : "?");
        }

        return printable.ToString();
    }

    private static string HashOf(string text) => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(text)).ToString("x16");
}
