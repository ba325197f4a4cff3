namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>Finds an opening bracket of text and the one that closes it.</summary>
internal static class BracketPair
{
    private const int MaxOpenDistance = 1024;
    private const int MaxCloseDistance = 1024;
    private const int MostTries = 8;

    /// <summary>The first of the next few brackets from <paramref name="start"/> on that has a counterpart.</summary>
    public static bool TryFind(ReadOnlySpan<byte> bytes, int start, out int opening, out int closing)
    {
        (opening, closing) = (start, 0);
        var end = Math.Min(bytes.Length, start + MaxOpenDistance);
        for (var tries = 0; tries < MostTries; tries++)
        {
            var next = bytes[opening..end].IndexOfAny("([{<"u8);
            if (next < 0)
                return false;
            opening += next;
            if (TryClose(bytes, opening, out closing))
                return true;
            opening++;
        }

        return false;
    }

    public static bool TryClose(ReadOnlySpan<byte> bytes, int opening, out int closing)
    {
        var open = bytes[opening];
        var close = open == '(' ? (byte)')' : (byte)(open + 2); // ASCII: [ ], { } and < > are two apart
        var depth = 0;
        var end = Math.Min(bytes.Length, opening + MaxCloseDistance);
        for (closing = opening; closing < end; closing++)
        {
            if (bytes[closing] == open)
                depth++;
            else if (bytes[closing] == close && --depth == 0)
                return true;
        }

        return false;
    }
}
