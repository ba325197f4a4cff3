namespace Shmem.Benchmarks.Measuring;

/// <summary>One of several ways to do the same thing.</summary>
/// <param name="Name">As the table shows it.</param>
/// <param name="Measure">Does the given number of rounds and answers nanoseconds per round.</param>
internal sealed record Contender(string Name, Func<int, double> Measure);
