namespace Shmem.Tests;

/// <summary>What code allocates, managed, on the thread that runs it.</summary>
internal static class Allocations
{
    private const int Rounds = 100;
    private const int Tries = 5;

    /// <summary>The least that a hundred rounds allocated. What happens once (a static that is first needed, a call site that is first bound) is no round's.</summary>
    public static long OfRounds(Action round)
    {
        round();
        var least = long.MaxValue;
        for (var attempt = 0; attempt < Tries && least > 0; attempt++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Rounds; i++) round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
