using System.Numerics;

namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>
/// Changes an input in place, without allocation: mostly a few small changes (AFL's havoc), now and then a splice with another entry, now
/// and then the repetition of a chunk, which is what reaches deep nesting; half of those times a number that may be the length of what has grown
/// grows with it. The generator's state alone decides. Has no state: any number
/// of threads may share one.
/// </summary>
internal sealed class Mutator(TokenDictionary dictionary)
{
    private const int RepeatOneIn = 16;
    private const int SpliceOneIn = 8;
    private const int MaxStackLog2 = 4;

    /// <summary>Of 16 changes of an input that is text, so many leave it text; what is text may be a name or a number inside something else.</summary>
    private const int TextOf16 = 8;

    /// <summary>Mutates the first <paramref name="length"/> bytes of a buffer; an empty input gets a byte first.</summary>
    /// <param name="buffer">The input and, behind it, the room it may grow into: at least one byte, at most 1 MiB is sensible.</param>
    /// <param name="length">Bytes of the input.</param>
    /// <param name="spliceWith">Another entry, or nothing. Must not overlap the buffer.</param>
    /// <param name="rng">Decides everything.</param>
    /// <param name="ops">What was done.</param>
    /// <returns>The new length, from 1 to the buffer's.</returns>
    public int Mutate(Span<byte> buffer, int length, ReadOnlySpan<byte> spliceWith, ref Rng rng, out MutationOps ops)
    {
        ArgumentOutOfRangeException.ThrowIfZero(buffer.Length, nameof(buffer));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)buffer.Length, nameof(length));

        ops = MutationOps.None;
        if (length == 0)
        {
            buffer[0] = (byte)rng.Next();
            length = 1;
            ops = MutationOps.Havoc;
        }

        var input = new MutationBuffer(buffer, length);
        if (rng.NextBelow(RepeatOneIn) == 0)
        {
            var before = input.Length;
            ops |= ChunkRepetition.Apply(ref input, ref rng, out var start);
            if (input.Length > before && rng.NextBelow(2) == 0)
                LengthFields.Grow(input.Bytes, start, input.Length - before, ref rng);

            // What was repeated is the news: half the time nothing else is touched.
            if (ops != MutationOps.None && rng.NextBelow(2) == 0)
                return input.Length;
        }
        else if (!spliceWith.IsEmpty && rng.NextBelow(SpliceOneIn) == 0)
        {
            Splice.Apply(ref input, spliceWith, ref rng);
            ops |= MutationOps.Splice;
        }

        ops |= Havoc(ref input, ref rng);
        return input.Length;
    }

    private MutationOps Havoc(ref MutationBuffer input, ref Rng rng)
    {
        // 1, 2, 4, 8 or 16 changes, each half as likely as the one before it: small steps keep most of what the parent had.
        var stack = 1 << Math.Min(BitOperations.TrailingZeroCount(rng.Next()), MaxStackLog2);
        var ops = MutationOps.Havoc;
        var isText = TextChanges.IsText(input.Bytes);
        for (; stack > 0; stack--)
        {
            var choice = rng.NextBelow(16);
            if (choice < TextOf16 && isText)
                TextChanges.Apply(ref input, ref rng);
            else if (choice < 11)
                ValueChanges.Apply(input.Bytes, ref rng);
            else if (choice < 15 || dictionary.Count == 0)
                BlockChanges.Apply(ref input, ref rng);
            else if (dictionary.Apply(ref input, ref rng))
                ops |= MutationOps.Dictionary;
        }

        return ops;
    }
}
