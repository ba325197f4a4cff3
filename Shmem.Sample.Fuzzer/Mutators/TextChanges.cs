using System.Buffers;

namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>
/// Changes of text that leave it text, and often well-formed: a sign becomes another of its kind, and pieces (a word or number, a quoted string, a
/// bracket with all up to its counterpart, else one sign) are left out, doubled or put in the place of others. (AFL++ has a set of changes
/// for text too.) A reader throws at nearly all that changes of bits leave of a text, and early.
/// </summary>
internal static class TextChanges
{
    /// <summary>How many changes a random one is chosen from.</summary>
    public const int Count = 6;

    private const int MaxPiece = 1024;
    private const int LookedAt = 512;

    /// <summary>What text is made of: printable ASCII, tab, line feed, carriage return, and what UTF-8 writes other characters with.</summary>
    private static readonly SearchValues<byte> TextBytes =
        SearchValues.Create([.. Enumerable.Range(0, 256).Where(b => b is 9 or 10 or 13 or (>= 32 and not 127)).Select(b => (byte)b)]);

    private static readonly SearchValues<byte> WordBytes = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz.+-"u8);

    /// <summary>Whether the beginning of an input, its first 512 bytes, is text.</summary>
    public static bool IsText(ReadOnlySpan<byte> input) => !input[..Math.Min(input.Length, LookedAt)].ContainsAnyExcept(TextBytes);

    /// <summary>Makes one change, at random.</summary>
    public static void Apply(ref MutationBuffer input, ref Rng rng) => Apply(rng.NextBelow(Count), ref input, ref rng);

    /// <summary>Makes the change of that number, or one of a single sign where there is no room or nothing to leave out.</summary>
    public static void Apply(int change, ref MutationBuffer input, ref Rng rng)
    {
        var place = rng.NextBelow(input.Length);
        switch (change)
        {
            case 1 when DecimalNumbers.Apply(ref input, ref rng):
                break;
            case 2 when Piece(input.Bytes, place) is var (start, length) && length < input.Length:
                LeaveOut(ref input, start, length);
                break;
            case 3:
                Double(ref input, place);
                break;
            case 4 or 5:
                Put(ref input, place, ref rng);
                break;
            default:
                ref var sign = ref input.Bytes[place];
                sign = OfItsKind(sign, input, ref rng);
                break;
        }
    }

    /// <summary>Without the comma or blank behind it, of which there would be one too many.</summary>
    private static void LeaveOut(ref MutationBuffer input, int start, int length)
    {
        var bytes = input.Bytes;
        if (start + length < bytes.Length && IsSeparator(bytes[start + length]) && length + 1 < bytes.Length) length++;
        input.Delete(start, length);
    }

    /// <summary>With what separates it from the next: the sign behind it or in front of it.</summary>
    private static void Double(ref MutationBuffer input, int place)
    {
        var bytes = input.Bytes;
        var (start, length) = Piece(bytes, place);
        if (start + length < bytes.Length && IsSeparator(bytes[start + length])) length++;
        else if (start > 0 && IsSeparator(bytes[start - 1])) (start, length) = (start - 1, length + 1);
        if (length > input.Free) return;
        var gap = input.Insert(start, length);
        input.Bytes.Slice(start + length, length).CopyTo(gap);
    }

    /// <summary>Puts a copy of another piece in its place, mostly one of the same kind.</summary>
    private static void Put(ref MutationBuffer input, int place, ref Rng rng)
    {
        var bytes = input.Bytes;
        var (start, length) = Piece(bytes, place);
        var kind = Kind(bytes[start]);
        var other = rng.NextBelow(bytes.Length);
        for (var tries = 0; tries < 4 && Kind(bytes[other]) != kind; tries++) other = rng.NextBelow(bytes.Length);
        var (from, count) = Piece(bytes, other);
        if (count - length > input.Free) return;

        Span<byte> copy = stackalloc byte[MaxPiece];
        copy = copy[..count];
        bytes.Slice(from, count).CopyTo(copy);
        if (count > length) input.Insert(start, count - length);
        else if (count < length) input.Delete(start, length - count);
        copy.CopyTo(input.Bytes[start..]);
    }

    /// <summary>The piece that begins at a place, or the word in whose middle it is. At most 1,024 bytes.</summary>
    private static (int Start, int Length) Piece(ReadOnlySpan<byte> bytes, int place)
    {
        var rest = bytes.Slice(place, Math.Min(MaxPiece, bytes.Length - place));
        switch (bytes[place])
        {
            case (byte)'"' or (byte)'\'':
                var quoted = rest[1..].IndexOf(bytes[place]);
                return (place, quoted < 0 ? 1 : quoted + 2);
            case (byte)'(' or (byte)'[' or (byte)'{' or (byte)'<':
                return (place, BracketPair.TryClose(bytes, place, out var closing) ? Math.Min(closing - place + 1, MaxPiece) : 1);
            case var sign when !WordBytes.Contains(sign):
                return (place, 1);
        }

        var before = bytes[Math.Max(0, place - MaxPiece / 2)..place];
        var start = place - before.Length + before.LastIndexOfAnyExcept(WordBytes) + 1;
        var length = bytes.Slice(start, Math.Min(MaxPiece, bytes.Length - start)).IndexOfAnyExcept(WordBytes);
        return (start, length < 0 ? Math.Min(MaxPiece, bytes.Length - start) : length);
    }

    private static byte OfItsKind(byte sign, in MutationBuffer input, ref Rng rng) => sign switch
    {
        >= (byte)'0' and <= (byte)'9' => (byte)('0' + rng.NextBelow(10)),
        >= (byte)'a' and <= (byte)'z' => (byte)('a' + rng.NextBelow(26)),
        >= (byte)'A' and <= (byte)'Z' => (byte)('A' + rng.NextBelow(26)),
        _ => input.Bytes[rng.NextBelow(input.Length)],
    };

    private static bool IsSeparator(byte sign) => sign is (byte)',' or (byte)';' or (byte)' ' or (byte)'\n' or (byte)'&' or (byte)'|';

    private static int Kind(byte sign) => sign switch
    {
        (byte)'"' or (byte)'\'' => 1,
        (byte)'(' or (byte)'[' or (byte)'{' or (byte)'<' => 2,
        >= (byte)'0' and <= (byte)'9' => 3,
        >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' => 4,
        _ => 5,
    };
}
