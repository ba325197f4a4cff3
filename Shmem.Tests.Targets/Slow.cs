using System.Runtime.CompilerServices;

namespace Shmem.Tests.Targets;

/// <summary>Takes its time. It sleeps: that takes as long on a busy machine, and none of it is waiting for a processor.</summary>
public static class Slow
{
    /// <summary>The time limit that it is run with, in milliseconds.</summary>
    public const int Limit = 400;

    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length == 0) return;
        if (data[0] == 'c') Returns();
        if (data[0] == 'i') Stays();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Returns() => Thread.Sleep(Limit + Limit / 2);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Stays() => Thread.Sleep(Timeout.Infinite);
}
