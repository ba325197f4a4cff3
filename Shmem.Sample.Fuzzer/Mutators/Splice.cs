namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>
/// Crosses the input with another entry: its end is replaced by the other's (as AFL does it), or a block of the other is put in (which
/// keeps both ends). AFL looks for the first and last difference to split between; where there is none that matters, splitting anywhere
/// costs one wasted execution.
/// </summary>
internal static class Splice
{
    private const int MaxBlock = 1024;

    public static void Apply(ref MutationBuffer input, ReadOnlySpan<byte> other, ref Rng rng)
    {
        if (input.Free == 0 || rng.NextBelow(2) == 0)
        {
            // The same distance from the start in both, so that what stands at fixed places stays; the input keeps a byte or more.
            var split = 1 + rng.NextBelow(input.Length);
            var from = Math.Min(split, other.Length);
            input.ReplaceEnd(split, other[from..]);
            return;
        }

        var count = rng.NextLogUniform(Math.Min(Math.Min(other.Length, input.Free), MaxBlock));
        var block = other.Slice(rng.NextBelow(other.Length - count + 1), count);
        block.CopyTo(input.Insert(rng.NextBelow(input.Length + 1), count));
    }
}
