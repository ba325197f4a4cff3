namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>Finds an opening bracket of text and the one that closes it.</summary>
internal static class BracketPair
{
    private const int MaxOpenDistance = 64;
    private const int MaxCloseDistance = 1024;

    public static bool TryFind(ReadOnlySpan<byte> bytes, int start, out int opening, out int closing)
    {
        closing = 0;
        opening = bytes.Slice(start, Math.Min(MaxOpenDistance, bytes.Length - start)).IndexOfAny("([{<"u8);
        if (opening < 0)
            return false;

        opening += start;
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
