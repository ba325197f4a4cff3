using System.Security.Cryptography;
using Shmem.Backends.Coverage;

namespace Shmem.Samples.BabyFuzzer;

/// <summary>What is fuzzed. It counts its edges itself; a real target is instrumented.</summary>
internal static class BabyTarget
{
    /// <summary>Counters in its coverage map.</summary>
    public const int Edges = 4;

    /// <summary>Most bytes of an input that the mutator makes.</summary>
    public const int MostBytes = 8;

    /// <summary>Boards of another target, or of another instrumentation of it, are refused by this.</summary>
    public static readonly MapIdentity Identity = new(SHA256.HashData("baby target, version 1"u8));

    /// <summary>Kills its process when an input begins with <c>abc</c>.</summary>
    public static void Run(ReadOnlySpan<byte> input, Span<byte> counters)
    {
        counters[0]++;
        if (input is not [(byte)'a', ..]) return;
        counters[1]++;
        if (input is not [_, (byte)'b', ..]) return;
        counters[2]++;
        if (input is not [_, _, (byte)'c', ..]) return;
        counters[3]++;
        Environment.FailFast("The baby fuzzer found what it was looking for.");
    }
}
