using System.Diagnostics;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// An exception that left the target method and was caught. Its stack goes through the same text as one that nobody catches, so both ways name
/// frames alike.
/// </summary>
internal sealed record ExceptionReport(FindingKind Kind, string ExceptionType, string Message, IReadOnlyList<FindingFrame> Frames)
{
    /// <summary>
    /// Reports it. Calls nothing of the exception that a target could have overridden but <see cref="Exception.Message"/>, and survives
    /// that one's throwing. Lines cost a look into debug symbols, the first time a slow one.
    /// </summary>
    public static ExceptionReport From(Exception exception, ITargetNames names, bool withLines = true)
    {
        var chain = new List<Exception>();
        for (var e = exception; e is not null && chain.Count < ExceptionText.MaxInner; e = e.InnerException)
            chain.Add(e);

        // Innermost first, as text has it: see PrintedStack.
        var frames = new List<FindingFrame>();
        for (var i = chain.Count - 1; i >= 0 && frames.Count < DeathParser.MaxFrames; i--)
        {
            var stack = new StackTrace(chain[i], withLines).ToString();
            frames.AddRange(PrintedStack.Read(stack, names, DeathParser.MaxFrames - frames.Count));
        }

        var said = chain.Find(e => !ExceptionText.IsCarrier(e.GetType().ToString())) ?? exception;
        var kind = said is OutOfMemoryException ? FindingKind.OutOfMemory : FindingKind.Exception;
        return new ExceptionReport(kind, FirstLine.Of(said.GetType().ToString()), MessageOf(said), frames);
    }

    private static string MessageOf(Exception exception)
    {
        try
        {
            return FirstLine.Of(exception.Message);
        }
#pragma warning disable CA1031 // The target's own code: whatever it throws, there is still a finding.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return $"(its Message threw {e.GetType().Name})";
        }
    }
}
