using System.Runtime.CompilerServices;

namespace Shmem.Tests.Targets;

/// <summary>Calls itself, and comes back: deeper than a small stack is and than the system's own, and not nearly as deep as a large one.</summary>
public static class Recursing
{
    private const int Levels = 200_000;

    public static int Reached;

    public static void Run(ReadOnlySpan<byte> data) => Reached = Down(Levels);

    // As written: a loop would need no stack.
    [MethodImpl(MethodImplOptions.NoOptimization | MethodImplOptions.NoInlining)]
    private static int Down(int levels) => levels == 0 ? 0 : Down(levels - 1) + 1;
}
