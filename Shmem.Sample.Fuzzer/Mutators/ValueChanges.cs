using System.Buffers.Binary;

namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>
/// Changes that keep the length: a bit, or a number of 8, 16 or 32 bits in either byte order; or two bytes that lie near each other, so that a check byte over
/// both, an exclusive or or a sum as simple formats have it, stays right. (One change alone never gets past such a check.)
/// </summary>
internal static class ValueChanges
{
    /// <summary>How many changes a random one is chosen from.</summary>
    public const int Count = 12;

    private const int MaxArithmetic = 35;

    /// <summary>A check byte mostly covers one chunk, so both bytes have to lie in the same.</summary>
    private const int MaxDistance = 32;

    /// <summary>Makes one change, at random.</summary>
    public static void Apply(Span<byte> input, ref Rng rng) => Apply(rng.NextBelow(Count), input, ref rng);

    /// <summary>Makes the change of that number; one that needs more bytes than there are becomes one of a single byte.</summary>
    public static void Apply(int change, Span<byte> input, ref Rng rng)
    {
        switch (change)
        {
            case 0 or 1:
                ref var flipped = ref At(input, ref rng);
                flipped ^= (byte)(1 << rng.NextBelow(8));
                break;
            case 2:
                ref var replaced = ref At(input, ref rng);
                replaced ^= (byte)(1 + rng.NextBelow(255));
                break;
            case 3 or 4:
                ref var counted = ref At(input, ref rng);
                counted = (byte)(counted + Arithmetic(ref rng));
                break;
            case 5:
                At(input, ref rng) = (byte)InterestingValues.Int8(ref rng);
                break;
            case 6 when input.Length >= 2:
                AddInt16(input, ref rng);
                break;
            case 7 when input.Length >= 2:
                PutInt16(input, InterestingValues.Int16(ref rng), ref rng);
                break;
            case 8 when input.Length >= 4:
                AddInt32(input, ref rng);
                break;
            case 9 when input.Length >= 4:
                PutInt32(input, InterestingValues.Int32(ref rng), ref rng);
                break;
            case 10 when input.Length >= 2:
                var bits = (byte)(1 + rng.NextBelow(255));
                ref var xored = ref Pair(input, ref rng, out var xoredToo);
                xored ^= bits;
                input[xoredToo] ^= bits;
                break;
            case 11 when input.Length >= 2:
                var difference = 1 + rng.NextBelow(255);
                ref var added = ref Pair(input, ref rng, out var subtracted);
                added = (byte)(added + difference);
                input[subtracted] = (byte)(input[subtracted] - difference);
                break;
            default:
                At(input, ref rng) = (byte)InterestingValues.Int8(ref rng);
                break;
        }
    }

    private static ref byte At(Span<byte> input, ref Rng rng) => ref input[rng.NextBelow(input.Length)];

    /// <summary>A byte, and the place of another one near it.</summary>
    private static ref byte Pair(Span<byte> input, ref Rng rng, out int other)
    {
        var place = rng.NextBelow(input.Length);
        var first = Math.Max(0, place - MaxDistance);
        var last = Math.Min(input.Length - 1, place + MaxDistance);
        other = first + rng.NextBelow(last - first);
        if (other >= place) other++;
        return ref input[place];
    }

    /// <summary>From −35 to 35, as AFL; never 0.</summary>
    private static int Arithmetic(ref Rng rng)
    {
        var random = rng.NextBelow(2 * MaxArithmetic);
        return random < MaxArithmetic ? random + 1 : MaxArithmetic - 1 - random;
    }

    private static void AddInt16(Span<byte> input, ref Rng rng)
    {
        var place = input.Slice(rng.NextBelow(input.Length - 1), 2);
        var difference = Arithmetic(ref rng);
        if (rng.NextBelow(2) == 0)
            BinaryPrimitives.WriteInt16LittleEndian(place, (short)(BinaryPrimitives.ReadInt16LittleEndian(place) + difference));
        else
            BinaryPrimitives.WriteInt16BigEndian(place, (short)(BinaryPrimitives.ReadInt16BigEndian(place) + difference));
    }

    private static void AddInt32(Span<byte> input, ref Rng rng)
    {
        var place = input.Slice(rng.NextBelow(input.Length - 3), 4);
        var difference = Arithmetic(ref rng);
        if (rng.NextBelow(2) == 0)
            BinaryPrimitives.WriteInt32LittleEndian(place, BinaryPrimitives.ReadInt32LittleEndian(place) + difference);
        else
            BinaryPrimitives.WriteInt32BigEndian(place, BinaryPrimitives.ReadInt32BigEndian(place) + difference);
    }

    private static void PutInt16(Span<byte> input, short value, ref Rng rng)
    {
        var place = input.Slice(rng.NextBelow(input.Length - 1), 2);
        BinaryPrimitives.WriteInt16LittleEndian(place, rng.NextBelow(2) == 0 ? value : BinaryPrimitives.ReverseEndianness(value));
    }

    private static void PutInt32(Span<byte> input, int value, ref Rng rng)
    {
        var place = input.Slice(rng.NextBelow(input.Length - 3), 4);
        BinaryPrimitives.WriteInt32LittleEndian(place, rng.NextBelow(2) == 0 ? value : BinaryPrimitives.ReverseEndianness(value));
    }
}
