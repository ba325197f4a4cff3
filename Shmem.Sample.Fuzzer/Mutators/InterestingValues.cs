namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>Numbers at the limits of their types and of common buffers (the list of AFL's config.h); a wider one may also take a narrower's.</summary>
internal static class InterestingValues
{
    private static ReadOnlySpan<sbyte> Values8 => [-128, -1, 0, 1, 16, 32, 64, 100, 127];

    private static ReadOnlySpan<short> Values16 => [-128, -1, 0, 1, 16, 32, 64, 100, 127,
        -32768, -129, 128, 255, 256, 512, 1000, 1024, 4096, 32767];

    private static ReadOnlySpan<int> Values32 => [-128, -1, 0, 1, 16, 32, 64, 100, 127,
        -32768, -129, 128, 255, 256, 512, 1000, 1024, 4096, 32767,
        int.MinValue, -100663046, -32769, 32768, 65535, 65536, 100663045, int.MaxValue];

    public static sbyte Int8(ref Rng rng) => Values8[rng.NextBelow(Values8.Length)];

    public static short Int16(ref Rng rng) => Values16[rng.NextBelow(Values16.Length)];

    public static int Int32(ref Rng rng) => Values32[rng.NextBelow(Values32.Length)];
}
