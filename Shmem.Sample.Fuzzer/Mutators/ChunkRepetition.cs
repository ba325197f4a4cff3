namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>
/// Repeats a chunk of 1 to 64 bytes, up to the capacity, or an opening and a closing chunk around what stands between them: what stacks
/// of small changes never reach, nesting of tens of thousands, is one mutation here. Small counts and chunks are as likely as large ones, and three
/// times in four the count stays small: a large input costs its parent's executions many times over. A quarter of the others fills the room: what
/// overflows a stack does so best at the greatest depth.
/// </summary>
internal static class ChunkRepetition
{
    private const int MaxChunk = 64;
    private const int MaxMiddle = 256;
    private const int FewTimes = 64;
    private const int MostTimesOneIn = 4;

    /// <summary>Repeats something; <see cref="MutationOps.None"/> where the input has no room to grow.</summary>
    /// <param name="input">The input.</param>
    /// <param name="rng">Decides what, and how often.</param>
    /// <param name="start">Where what was repeated begins; all that the input has gained is behind it.</param>
    public static MutationOps Apply(ref MutationBuffer input, ref Rng rng, out int start)
    {
        start = 0;
        if (input.Free == 0)
            return MutationOps.None;

        var isNest = input.Free > 1 && input.Length > 1 && rng.NextBelow(2) == 0;
        start = isNest ? Nest(ref input, ref rng) : Repeat(ref input, ref rng);
        return isNest ? MutationOps.Nest : MutationOps.Repeat;
    }

    private static int Times(int max, ref Rng rng)
    {
        if (rng.NextBelow(4) != 0)
            return rng.NextLogUniform(Math.Min(max, FewTimes));

        // Not always the same number of times: a check of some bits may ask for an even one.
        return rng.NextBelow(MostTimesOneIn) == 0 ? max - rng.NextBelow(Math.Min(max, 4)) : rng.NextLogUniform(max);
    }

    /// <returns>Where what was repeated begins.</returns>
    private static int Repeat(ref MutationBuffer input, ref Rng rng)
    {
        var size = rng.NextLogUniform(Math.Min(MaxChunk, Math.Min(input.Length, input.Free)));
        var start = rng.NextBelow(input.Length - size + 1);
        Repeat(ref input, start, size, Times(input.Free / size, ref rng));
        return start;
    }

    /// <inheritdoc cref="Repeat(ref MutationBuffer, ref Rng)"/>
    private static int Nest(ref MutationBuffer input, ref Rng rng)
    {
        var (open, openSize, close, closeSize) = ChoosePair(input.Bytes, input.Free, ref rng);
        var times = Times(input.Free / (openSize + closeSize), ref rng);
        Repeat(ref input, close, closeSize, times);
        Repeat(ref input, open, openSize, times);
        return open;
    }

    /// <summary>A bracket and its counterpart, half the time and where there is one; else any two chunks that don't overlap.</summary>
    private static (int Open, int OpenSize, int Close, int CloseSize) ChoosePair(ReadOnlySpan<byte> bytes, int free, ref Rng rng)
    {
        var start = rng.NextBelow(bytes.Length - 1);
        if (rng.NextBelow(2) == 0 && BracketPair.TryFind(bytes, start, out var opening, out var closing))
            return (opening, 1, closing, 1);

        var openSize = rng.NextLogUniform(Math.Min(MaxChunk, Math.Min(bytes.Length - 1 - start, free / 2)));
        var behind = bytes.Length - start - openSize;
        var closeSize = rng.NextLogUniform(Math.Min(MaxChunk, Math.Min(behind, free / 2)));
        var middle = rng.NextBelow(Math.Min(behind - closeSize, MaxMiddle) + 1);
        return (start, openSize, start + openSize + middle, closeSize);
    }

    /// <summary>Puts so many copies of a chunk in front of it.</summary>
    private static void Repeat(ref MutationBuffer input, int start, int size, int times)
    {
        var gap = input.Insert(start, size * times);
        var chunk = input.Bytes.Slice(start + size * times, size);
        if (size == 1)
        {
            gap.Fill(chunk[0]);
            return;
        }

        chunk.CopyTo(gap);
        for (var done = size; done < gap.Length; done *= 2)
            gap[..Math.Min(done, gap.Length - done)].CopyTo(gap[done..]);
    }
}
