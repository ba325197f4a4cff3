namespace Shmem.Benchmarks.Loop;

/// <summary>A target that takes a span and allocates nothing: whatever is allocated while it is fuzzed is ours.</summary>
internal static class SpanTarget
{
    private static int _sum;

    public static void Sum(ReadOnlySpan<byte> input)
    {
        var sum = 0;
        foreach (var b in input) sum += b < 64 ? b : b < 128 ? 2 * b : -b;
        _sum = sum;
    }
}
