using System.Text;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// One spelling for a method, whoever names it: an exception's stack trace, the runtime's own text on a fatal error and a debugger
/// spell nested types, generics, iterators, lambdas and async methods differently. What the compiler made of a method (a closure, a
/// state machine, a local function) gets that method's name. Parameters and generic arguments are left out.
/// </summary>
internal static class FrameName
{
    private const int MaxLength = 4096;
    private const int MaxNesting = 8;

    /// <summary>The method's name as <c>Namespace.Type.Nested.Method</c>; never throws, whatever the text.</summary>
    public static string Normalise(ReadOnlySpan<char> raw) => Normalise(raw[..Math.Min(raw.Length, MaxLength)].Trim(), 0);

    /// <summary>What stands before the method's name, or, given a type, what encloses it; empty when nothing does.</summary>
    public static ReadOnlySpan<char> TypeOf(ReadOnlySpan<char> name)
    {
        var method = MethodOf(name);
        return method.Length == name.Length ? [] : name[..(name.Length - method.Length - 1)];
    }

    /// <summary>The method's own name: what follows the last dot outside angle brackets; <c>.ctor</c> keeps its dot.</summary>
    public static ReadOnlySpan<char> MethodOf(ReadOnlySpan<char> name)
    {
        foreach (var constructor in (ReadOnlySpan<string>)["..ctor", "..cctor"])
        {
            if (name.Length > constructor.Length && name.EndsWith(constructor, StringComparison.Ordinal))
                return name[^(constructor.Length - 1)..];
        }

        var depth = 0;
        for (var i = name.Length - 1; i >= 0; i--)
        {
            if (name[i] == '>')
                depth++;
            else if (name[i] == '<')
                depth--;
            else if (name[i] == '.' && depth <= 0)
                return name[(i + 1)..];
        }

        return name;
    }

    private static string Normalise(ReadOnlySpan<char> raw, int nesting)
    {
        var plain = WithoutArguments(raw);
        if (plain is ".ctor" or ".cctor")
            return plain;
        var name = new StringBuilder(plain.Length);
        var method = MethodOf(plain);
        var start = 0;
        var depth = 0;
        var last = method is ".ctor" or ".cctor" ? plain.Length - method.Length - 1 : plain.Length;
        for (var i = 0; i <= last; i++)
        {
            if (i < last && plain[i] is '<' or '>')
                depth += plain[i] == '<' ? 1 : -1;
            if (i < last && (plain[i] != '.' || depth > 0))
                continue;
            var segment = plain.AsSpan(start, i - start);
            start = i + 1;
            if (IsClosure(segment))
                continue;
            var parent = ParentMethod(segment, nesting);
            Append(name, parent ?? segment);
            if (parent is not null)
                return name.ToString();
        }

        if (last < plain.Length)
            Append(name, method);
        return name.ToString();
    }

    private static void Append(StringBuilder name, ReadOnlySpan<char> segment)
    {
        if (name.Length > 0)
            name.Append('.');
        name.Append(segment);
    }

    // "Ns.Outer+Inner`1[[T, Assembly]].Method[[U]](V)" to "Ns.Outer.Inner`1.Method".
    private static string WithoutArguments(ReadOnlySpan<char> raw)
    {
        var plain = new StringBuilder(raw.Length);
        var square = 0;
        var angle = 0;
        foreach (var c in raw)
        {
            if (c == '(' && square == 0 && angle <= 0)
                break;
            if (c == ']')
                square = Math.Max(0, square - 1);
            else if (c == '[')
                square++;
            else if (square == 0)
                plain.Append(c is '+' ? '.' : c);
            if (square == 0 && c is '<' or '>')
                angle += c == '<' ? 1 : -1;
        }

        return plain.ToString();
    }

    private static bool IsClosure(ReadOnlySpan<char> segment) => segment is "<>c" || segment.StartsWith("<>c__", StringComparison.Ordinal);

    // "<Parse>b__0_1" (lambda), "<Parse>g__Inner|2_0" (local function), "<Parse>d__7" (state machine), "<<Parse>b__0>d" (async lambda).
    private static string? ParentMethod(ReadOnlySpan<char> segment, int nesting)
    {
        if (segment.Length < 4 || segment[0] != '<' || nesting == MaxNesting)
            return null;
        var close = Closing(segment);
        if (close < 2)
            return null;
        var rest = segment[(close + 1)..];
        if (rest is not "d" && !(rest.Length >= 3 && rest[0] is 'b' or 'd' or 'g' && rest[1..].StartsWith("__", StringComparison.Ordinal)))
            return null;

        // An explicitly implemented iterator's state machine bears its interface's name with dashes for dots.
        var inner = segment[1..close].ToString().Replace('-', '.');
        return Normalise(inner, nesting + 1);
    }

    private static int Closing(ReadOnlySpan<char> segment)
    {
        var depth = 0;
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] == '<')
                depth++;
            else if (segment[i] == '>' && --depth == 0)
                return i;
        }

        return -1;
    }
}
