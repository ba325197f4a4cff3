using System.Buffers.Binary;

namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>
/// A number that stands before a change, and says at least how far it is to there, may be the length of what has just grown: formats made of chunks cut off what
/// is longer than they were told. The idea is radamsa's (https://gitlab.com/akihe/radamsa, its "sizer"), which guesses such fields too.
/// </summary>
internal static class LengthFields
{
    /// <summary>How far before the change the number begins at most.</summary>
    private const int Reach = 128;

    /// <summary>Of text every byte looks like a length, so one byte is taken for one now and then only.</summary>
    private const int OneByteOneIn = 6;

    /// <summary>Adds to one such number, chosen at random; one that cannot hold the sum gets as much as it can. Does nothing where there is none.</summary>
    /// <param name="bytes">The input, changed already.</param>
    /// <param name="position">Where bytes were put in.</param>
    /// <param name="count">How many.</param>
    /// <param name="rng">Decides which it is.</param>
    public static void Grow(Span<byte> bytes, int position, int count, ref Rng rng)
    {
        var chosen = new Field(-1, 0, false);
        var met = 0;
        if (rng.NextBelow(OneByteOneIn) == 0)
        {
            Choose(bytes, position, count, 1, false, ref chosen, ref met, ref rng);
        }
        else
        {
            for (var width = 2; width <= 4; width *= 2)
            {
                Choose(bytes, position, count, width, false, ref chosen, ref met, ref rng);
                Choose(bytes, position, count, width, true, ref chosen, ref met, ref rng);
            }
        }

        if (met == 0) return;
        var field = bytes.Slice(chosen.At, chosen.Width);
        var most = chosen.Width == 4 ? uint.MaxValue : (1L << (8 * chosen.Width)) - 1;
        Write(field, (uint)Math.Min(most, Read(field, chosen.IsBigEndian) + count), chosen.IsBigEndian);
    }

    /// <summary>Each that fits is as likely as any other to be the one that is chosen in the end.</summary>
    private static void Choose(ReadOnlySpan<byte> bytes, int position, int count, int width, bool isBigEndian, ref Field chosen, ref int met, ref Rng rng)
    {
        for (var at = Math.Max(0, position - Reach); at + width <= position; at++)
        {
            var end = at + width + Read(bytes.Slice(at, width), isBigEndian);
            // What ended before the change has not grown, and nothing ended behind the input.
            if (end <= position || end > bytes.Length - count) continue;
            if (rng.NextBelow(++met) == 0) chosen = new Field(at, width, isBigEndian);
        }
    }

    private static long Read(ReadOnlySpan<byte> field, bool isBigEndian) => field.Length switch
    {
        1 => field[0],
        2 => isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(field) : BinaryPrimitives.ReadUInt16LittleEndian(field),
        _ => isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(field) : BinaryPrimitives.ReadUInt32LittleEndian(field),
    };

    private static void Write(Span<byte> field, uint number, bool isBigEndian)
    {
        switch (field.Length)
        {
            case 1:
                field[0] = (byte)number;
                break;
            case 2 when isBigEndian:
                BinaryPrimitives.WriteUInt16BigEndian(field, (ushort)number);
                break;
            case 2:
                BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)number);
                break;
            case 4 when isBigEndian:
                BinaryPrimitives.WriteUInt32BigEndian(field, number);
                break;
            default:
                BinaryPrimitives.WriteUInt32LittleEndian(field, number);
                break;
        }
    }

    private readonly record struct Field(int At, int Width, bool IsBigEndian);
}
