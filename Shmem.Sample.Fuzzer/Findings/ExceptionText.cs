namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>The head of a printed exception: <c>Type: message</c>, its inner ones each behind <c> ---> </c> on a line of its own.</summary>
internal static class ExceptionText
{
    /// <summary>How far inward it is looked.</summary>
    public const int MaxInner = 16;

    private const string Arrow = " ---> ";

    /// <summary>
    /// Type and first line of the message of the outermost exception that says something: those that only carry another
    /// (<see cref="IsCarrier"/>) are passed over.
    /// </summary>
    public static (string Type, string Message) Outermost(ReadOnlySpan<char> text)
    {
        var head = Head(FirstLine(text));
        for (var i = 0; i < MaxInner && IsCarrier(head.Type); i++)
        {
            var arrow = text.IndexOf("\n" + Arrow, StringComparison.Ordinal);
            if (arrow < 0)
                break;
            text = text[(arrow + 1 + Arrow.Length)..];
            head = Head(FirstLine(text));
        }

        return head;
    }

    /// <summary>The first line of the message of the first inner exception of this type; null where there is none.</summary>
    public static string? Inner(ReadOnlySpan<char> text, string type)
    {
        var head = $"\n{Arrow}{type}: ";
        var at = text.IndexOf(head, StringComparison.Ordinal);
        return at < 0 ? null : Findings.FirstLine.Of(text[(at + head.Length)..]);
    }

    /// <summary>Whether exceptions of this type only carry another one out of a task, an initialiser or a call by reflection.</summary>
    public static bool IsCarrier(string type) => type is
        "System.AggregateException" or
        "System.TypeInitializationException" or
        "System.Reflection.TargetInvocationException";

    private static ReadOnlySpan<char> FirstLine(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf('\n');
        return end < 0 ? text : text[..end];
    }

    private static (string Type, string Message) Head(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0
            ? (Findings.FirstLine.Of(line), "")
            : (Findings.FirstLine.Of(line[..colon]), Findings.FirstLine.Of(line[(colon + 2)..]));
    }
}
