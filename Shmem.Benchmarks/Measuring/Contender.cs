namespace Shmem.Benchmarks.Measuring;

/// <summary>One of several ways to do the same thing.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Measure">Does the given number of rounds and answers nanoseconds per round.</param>
/// <param name="IsHere">It runs on the thread that measures, so what it allocates can be told.</param>
internal sealed record Contender(string Name, Func<int, double> Measure, bool IsHere = true);
