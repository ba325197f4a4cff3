using System.Numerics;
using System.Runtime.CompilerServices;

namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>
/// xoshiro256** (D. Blackman, S. Vigna, https://prng.di.unimi.it/xoshiro256starstar.c), seeded by splitmix64 as its authors advise. A value
/// type: pass it by <c>ref</c>, since a copy repeats the same numbers. Not for secrets.
/// </summary>
internal struct Rng
{
    private ulong _s0;
    private ulong _s1;
    private ulong _s2;
    private ulong _s3;

    /// <summary>The same seed gives the same numbers, on every machine.</summary>
    public Rng(ulong seed)
    {
        _s0 = SplitMix64(ref seed);
        _s1 = SplitMix64(ref seed);
        _s2 = SplitMix64(ref seed);
        _s3 = SplitMix64(ref seed);
    }

    /// <summary>64 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="limit"/> − 1, each as likely as any other. <paramref name="limit"/> must be at least 1.</summary>
    /// <remarks>D. Lemire, "Fast random integer generation in an interval" (2019): one multiplication, rarely a division.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint NextBelow(uint limit)
    {
        var product = (Next() >> 32) * limit;
        if ((uint)product < limit)
        {
            var threshold = (0u - limit) % limit;
            while ((uint)product < threshold)
                product = (Next() >> 32) * limit;
        }

        return (uint)(product >> 32);
    }

    /// <inheritdoc cref="NextBelow(uint)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int NextBelow(int limit) => (int)NextBelow((uint)limit);

    /// <summary>A number from 0 to <paramref name="limit"/> − 1; <paramref name="limit"/> must be at least 1.</summary>
    public ulong NextBelow(ulong limit)
    {
        var high = Math.BigMul(Next(), limit, out var low);
        if (low < limit)
        {
            var threshold = (0ul - limit) % limit;
            while (low < threshold)
                high = Math.BigMul(Next(), limit, out low);
        }

        return high;
    }

    /// <summary>A number from 1 to <paramref name="max"/> (at least 1) whose magnitude is uniform: each power of two is as likely as the next.</summary>
    public int NextLogUniform(int max)
    {
        var top = 1 << NextBelow(BitOperations.Log2((uint)max) + 1);
        return top + NextBelow(Math.Min(top, max - top + 1));
    }

    private static ulong SplitMix64(ref ulong state)
    {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
