namespace Shmem.Benchmarks.Measuring;

/// <summary>What a contender's time may be, as a multiple of another's.</summary>
internal sealed record Bound(string Of, string Against, double Most);
