namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>Which frame of a stack stands for it.</summary>
internal static class KeyFrame
{
    // Ours, and code made at run time (adapters, compiled expressions): never a finding's place.
    private static readonly string[] _engine = ["Shmem.Sample.Fuzzer.", "DynamicClass."];

    // The framework's ways of calling, carrying on and giving up: they say nothing about the caller. A library under test may live in
    // these namespaces itself, so they count only where nothing better is found.
    private static readonly string[] _plumbing =
    [
        "System.Runtime.CompilerServices.",
        "System.Runtime.ExceptionServices.",
        "System.Reflection.",
        "System.RuntimeMethodHandle.",
        "System.Environment.",
        "System.Diagnostics.Debug.",
        "System.Diagnostics.DebugProvider.",
    ];

    /// <summary>
    /// The topmost frame of the library that does more than throw; failing that the topmost of the library, then of anybody but our own
    /// engine and the framework's plumbing; null where there is none. Frames are innermost first.
    /// </summary>
    public static FindingFrame? Of(IReadOnlyList<FindingFrame> frames)
    {
        FindingFrame? libraryThrower = null, other = null, otherThrower = null;
        foreach (var frame in frames)
        {
            if (IsEngine(frame))
                continue;
            var throws = OnlyThrows(frame.Name);
            if (frame.IsLibrary && !throws)
                return frame;
            if (frame.IsLibrary)
                libraryThrower ??= frame;
            else if (StartsWithAny(frame.Name, _plumbing))
                continue;
            else if (throws)
                otherThrower ??= frame;
            else
                other ??= frame;
        }

        return libraryThrower ?? other ?? otherThrower;
    }

    /// <summary>Whether the frame is our own engine's or of code made at run time.</summary>
    public static bool IsEngine(FindingFrame frame) => StartsWithAny(frame.Name, _engine);

    // "Throw", "ThrowIfNull", "ThrowHelper.Anything"; not "Throwable" or "Throws".
    private static bool OnlyThrows(string name)
    {
        var type = FrameName.TypeOf(name);
        return IsThrow(FrameName.MethodOf(name)) || FrameName.MethodOf(type).StartsWith("ThrowHelper", StringComparison.Ordinal);
    }

    private static bool IsThrow(ReadOnlySpan<char> method) =>
        method.StartsWith("Throw", StringComparison.Ordinal) && (method.Length == 5 || !char.IsAsciiLetterLower(method[5]));

    private static bool StartsWithAny(string name, string[] prefixes) =>
        Array.Exists(prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal));
}
