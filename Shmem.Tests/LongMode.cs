using Shmem.Tests.Lifetime;
using Xunit;

namespace Shmem.Tests;

/// <summary><c>SHMEM_LONG=1</c>: what takes minutes is tested too.</summary>
internal static class LongMode
{
    public static bool IsOn => Environment.GetEnvironmentVariable("SHMEM_LONG") == "1";

    /// <summary>
    /// Runs random sequences, or skips the test where the mode is off. They begin anew each time, as the plain specification gets slower with all that it remembers.
    /// <c>SHMEM_SEED</c> repeats a run.
    /// </summary>
    /// <param name="output">Is told the seed.</param>
    /// <param name="wanted">Whether the sequence of this number, from 0, is run still.</param>
    /// <param name="count">The commands of each.</param>
    /// <param name="run">Runs one.</param>
    public static async Task RunSequences(ITestOutputHelper output, Func<int, bool> wanted, int count, Func<IEnumerable<LifetimeCommand>, Task> run)
    {
        Assert.SkipUnless(IsOn, "It takes minutes: set SHMEM_LONG=1.");
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SHMEM_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"SHMEM_SEED={seed}");
        for (var sequence = 0; wanted(sequence); sequence++)
        {
            try
            {
                await run(LifetimeCommand.Sequence(unchecked(seed + sequence), count));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"SHMEM_SEED={seed}, sequence {sequence}: {e.Message}", e);
            }
        }
    }
}
