using System.Buffers.Text;

namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>Finds a number written in digits and writes another: near it, double, half, negative, or at a limit.</summary>
internal static class DecimalNumbers
{
    private const int SearchLength = 256;
    private const int MaxDigits = 18;

    /// <summary>Changes one number; false if none stands within 256 bytes of a random place, or the new one finds no room.</summary>
    public static bool Apply(ref MutationBuffer input, ref Rng rng)
    {
        var bytes = input.Bytes;
        var start = rng.NextBelow(bytes.Length);
        var found = bytes.Slice(start, Math.Min(SearchLength, bytes.Length - start)).IndexOfAnyInRange((byte)'0', (byte)'9');
        if (found < 0)
            return false;

        start += found;
        while (start > 0 && bytes[start - 1] is >= (byte)'0' and <= (byte)'9')
            start--;
        if (!Utf8Parser.TryParse(bytes[start..Math.Min(start + MaxDigits, bytes.Length)], out long number, out var oldLength))
            return false;

        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(Change(number, ref rng), text, out var newLength);
        if (newLength - oldLength > input.Free)
            return false;

        if (newLength > oldLength)
            input.Insert(start, newLength - oldLength);
        else if (newLength < oldLength)
            input.Delete(start, oldLength - newLength);
        text[..newLength].CopyTo(input.Bytes[start..]);
        return true;
    }

    private static long Change(long number, ref Rng rng) => rng.NextBelow(8) switch
    {
        0 => number + 1,
        1 => number - 1,
        2 => number * 2,
        3 => number / 2,
        4 => -number,
        5 => InterestingValues.Int32(ref rng),
        6 => rng.NextBelow(2) == 0 ? long.MaxValue : long.MinValue,
        _ => (long)rng.NextBelow((ulong)number * 10 + 10),
    };
}
