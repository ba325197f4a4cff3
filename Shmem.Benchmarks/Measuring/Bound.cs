namespace Shmem.Benchmarks.Measuring;

/// <summary>What a contender's time may be, as a multiple of another's, or by how many nanoseconds it may be longer.</summary>
internal sealed record Bound(string Of, string Against, double Most, bool IsDifference = false);
