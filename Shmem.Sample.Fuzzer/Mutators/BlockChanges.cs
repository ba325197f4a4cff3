namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>Changes of a run of bytes: deleted, copied elsewhere, put in, overwritten; and of a number written in digits.</summary>
internal static class BlockChanges
{
    /// <summary>How many changes a random one is chosen from.</summary>
    public const int Count = 8;

    // AFL's block sizes: most are small, one in ten may be large.
    private const int SmallBlock = 32;
    private const int MediumBlock = 128;
    private const int LargeBlock = 1500;
    private const int HugeBlock = 32768;

    /// <summary>Makes one change, at random.</summary>
    public static void Apply(ref MutationBuffer input, ref Rng rng) => Apply(rng.NextBelow(Count), ref input, ref rng);

    /// <summary>Makes the change of that number, or a smaller one where there is no room or nothing to delete.</summary>
    public static void Apply(int change, ref MutationBuffer input, ref Rng rng)
    {
        switch (change)
        {
            case 0 or 1 when input.Length > 1:
                var deleted = BlockLength(input.Length - 1, ref rng);
                input.Delete(rng.NextBelow(input.Length - deleted + 1), deleted);
                break;
            case 2 when input.Free > 0:
                Clone(ref input, ref rng);
                break;
            case 3 when input.Free > 0:
                var inserted = BlockLength(Math.Min(input.Free, MediumBlock), ref rng);
                // Chosen before the gap is there, whose bytes are what the room held before.
                var insertedByte = FillByte(input, ref rng);
                input.Insert(rng.NextBelow(input.Length + 1), inserted).Fill(insertedByte);
                break;
            case 4 when input.Free > 0:
                input.Insert(rng.NextBelow(input.Length + 1), 1)[0] = (byte)rng.Next();
                break;
            case 5:
                var copied = BlockLength(input.Length, ref rng);
                var from = input.Bytes.Slice(rng.NextBelow(input.Length - copied + 1), copied);
                from.CopyTo(input.Bytes[rng.NextBelow(input.Length - copied + 1)..]);
                break;
            case 6:
                var filled = BlockLength(input.Length, ref rng);
                var fill = FillByte(input, ref rng);
                input.Bytes.Slice(rng.NextBelow(input.Length - filled + 1), filled).Fill(fill);
                break;
            case 7:
                if (!DecimalNumbers.Apply(ref input, ref rng))
                    ValueChanges.Apply(input.Bytes, ref rng);
                break;
            default:
                ValueChanges.Apply(input.Bytes, ref rng);
                break;
        }
    }

    /// <summary>Inserts a copy of a block at another place.</summary>
    private static void Clone(ref MutationBuffer input, ref Rng rng)
    {
        var count = BlockLength(Math.Min(input.Length, input.Free), ref rng);
        var from = rng.NextBelow(input.Length - count + 1);
        var to = rng.NextBelow(input.Length + 1);
        var gap = input.Insert(to, count);

        // The gap may have moved the end of the block away from its start.
        var before = Math.Clamp(to - from, 0, count);
        input.Bytes.Slice(from, before).CopyTo(gap);
        input.Bytes.Slice(from + before + count, count - before).CopyTo(gap[before..]);
    }

    /// <summary>A byte of the input, or any.</summary>
    private static byte FillByte(in MutationBuffer input, ref Rng rng) =>
        rng.NextBelow(2) == 0 ? (byte)rng.Next() : input.Bytes[rng.NextBelow(input.Length)];

    private static int BlockLength(int max, ref Rng rng)
    {
        var cap = rng.NextBelow(16) switch
        {
            < 12 => SmallBlock,
            < 15 => MediumBlock,
            _ => rng.NextBelow(4) == 0 ? HugeBlock : LargeBlock,
        };

        // Of two, the smaller: AFL's sizes are uniform, which for files of some hundred bytes tears most of them apart.
        max = Math.Min(max, cap);
        return 1 + Math.Min(rng.NextBelow(max), rng.NextBelow(max));
    }
}
