namespace Shmem.Benchmarks.Measuring;

/// <summary>Whether what was measured keeps its bounds: each is told in a line of its own, and the exit code tells of all.</summary>
internal static class Bounds
{
    private static bool _areMet = true;

    /// <summary>0 where every bound was met that was told of, else 1.</summary>
    public static int ExitCode => _areMet ? 0 : 1;

    /// <summary>Prints what was measured beside its bound.</summary>
    public static void Tell(string what, bool isMet)
    {
        Console.WriteLine($"{what}: {(isMet ? "met" : "NOT MET")}");
        _areMet &= isMet;
    }
}
