namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// Tells deaths apart by exit code and by what was printed on stderr: by the runtime, all of whose fatal errors end by SIGABRT (134), and of an exit by
/// <see cref="ExitWords"/>. Written from the real output of .NET 10. The text is the target's, too: whatever stands there, parsing ends in time linear in its
/// length.
/// </summary>
internal static class DeathParser
{
    /// <summary>Frames kept of one stack.</summary>
    public const int MaxFrames = 128;

    // Text beyond this is cut in the middle, where it matters least.
    private const int MaxText = 2 * Shmem.Actors.Workers.WorkerProcess.LargestStderr;

    private const string OutOfMemoryType = "System.OutOfMemoryException";
    private const string AccessViolationType = "System.AccessViolationException";

    private static readonly string Missing = typeof(Targets.MissingDependencyException).FullName!;

    private static readonly (string Text, FindingKind Kind)[] _markers =
    [
        ("Unhandled exception. ", FindingKind.UnhandledException),
        ("Stack overflow.", FindingKind.StackOverflow),
        ("Fatal error.", FindingKind.AccessViolation),
        ("Process terminated.", FindingKind.FailFast),
        ("Out of memory.", FindingKind.OutOfMemory),
    ];

    /// <summary>The report of a process that ended like this and wrote this to stderr; never throws.</summary>
    public static DeathReport Parse(ProcessEnd end, string stderr, ITargetNames names)
    {
        var text = Shortened(stderr);
        var marker = end.IsAbort ? FindMarker(text) : null;
        // Who exits with the number of a signal has said so, and nothing after it.
        var exit = LineStart(text, ExitWords.Marker);
        if (end.Signal == 0 && !end.IsAbort || exit >= 0 && exit > (marker?.End ?? -1))
            return Exit(end, text, exit, names);
        if (marker is not var (kind, start))
            return new DeathReport(FindingKind.Signal, end);

        var lastWords = text.AsSpan(start);
        return kind switch
        {
            FindingKind.UnhandledException => Unhandled(end, lastWords, names) with { IsExpected = LineStart(text[..start], ExpectedWords.Marker) >= 0 },
            FindingKind.StackOverflow => Overflow(end, lastWords, names),
            FindingKind.AccessViolation => Fatal(end, lastWords, names),
            FindingKind.FailFast => FailFast(end, lastWords, names),
            _ => new DeathReport(kind, end) { ExceptionType = OutOfMemoryType, Frames = PrintedStack.Read(lastWords, names, MaxFrames) },
        };
    }

    private static DeathReport Exit(ProcessEnd end, string text, int words, ITargetNames names) => new(FindingKind.Exit, end)
    {
        Frames = words < 0 ? [] : PrintedStack.Read(text.AsSpan(words + ExitWords.Marker.Length), names, MaxFrames),
    };

    private static string Shortened(string stderr) => stderr.Length <= MaxText
        ? stderr
        : string.Concat(stderr.AsSpan(0, MaxText / 2), "\n", stderr.AsSpan(stderr.Length - MaxText / 2));

    // The last words are the runtime's; what came before may be a target's that prints such things itself, and what stands in the
    // middle of a line may be part of a message. Only an exception's words are looked for there too: a target that ended its own output
    // without a line feed has pushed them off the line's start.
    private static (FindingKind Kind, int End)? FindMarker(string text)
    {
        (FindingKind Kind, int End)? last = null;
        foreach (var (marker, kind) in _markers)
        {
            var at = LineStart(text, marker);
            if (at >= 0 && at + marker.Length > (last?.End ?? 0))
                last = (kind, at + marker.Length);
        }

        var from = last is null ? 0 : text.IndexOf('\n', last.Value.End);
        var inLine = from < 0 ? -1 : text.AsSpan(from).LastIndexOf(_markers[0].Text, StringComparison.Ordinal);
        return inLine < 0 ? last : (_markers[0].Kind, from + inLine + _markers[0].Text.Length);
    }

    /// <summary>Where the last line begins that starts with the marker, or -1.</summary>
    private static int LineStart(string text, string marker) =>
        text.LastIndexOf("\n" + marker, StringComparison.Ordinal) is var at and >= 0 ? at + 1
            : text.StartsWith(marker, StringComparison.Ordinal) ? 0 : -1;

    private static DeathReport Unhandled(ProcessEnd end, ReadOnlySpan<char> text, ITargetNames names)
    {
        if (ExceptionText.Inner(text, Missing) is { } words)
            return new DeathReport(FindingKind.MissingDependency, end) { Message = words };
        var (type, message) = ExceptionText.Outermost(text);
        return new DeathReport(type == OutOfMemoryType ? FindingKind.OutOfMemory : FindingKind.UnhandledException, end)
        {
            ExceptionType = type,
            Message = message,
            Frames = PrintedStack.Read(text, names, MaxFrames),
        };
    }

    private static DeathReport Overflow(ProcessEnd end, ReadOnlySpan<char> text, ITargetNames names)
    {
        var stack = OverflowText.Parse(text, names);
        return new DeathReport(FindingKind.StackOverflow, end)
        {
            Frames = [.. stack.Select(entry => entry.Frame).Take(MaxFrames)],
            Cycle = RecursionCycle.Of(stack),
        };
    }

    private static DeathReport Fatal(ProcessEnd end, ReadOnlySpan<char> text, ITargetNames names)
    {
        text = text.TrimStart();
        var frames = PrintedStack.Read(text, names, MaxFrames);
        if (!text.StartsWith(AccessViolationType, StringComparison.Ordinal))
            return new DeathReport(FindingKind.FailFast, end) { Message = FirstLine.Of(text), Frames = frames };
        var (type, message) = ExceptionText.Outermost(text);
        return new DeathReport(FindingKind.AccessViolation, end) { ExceptionType = type, Message = message, Frames = frames };
    }

    // "Process terminated.", the message on the next line (before .NET 10 on the same), the stack; then, where FailFast
    // was given an exception, that one's text.
    private static DeathReport FailFast(ProcessEnd end, ReadOnlySpan<char> text, ITargetNames names)
    {
        text = text.TrimStart("\r\n");
        return new DeathReport(FindingKind.FailFast, end)
        {
            Message = FrameText.IsFrame(text[..Math.Max(0, text.IndexOf('\n'))]) ? null : FirstLine.Of(text),
            Frames = PrintedStack.Read(text, names, MaxFrames),
        };
    }
}
