using System.Runtime.CompilerServices;

namespace Shmem.Tests.Targets;

/// <summary>Throws deep down where the first byte is <c>t</c>: what is told of it is thousands of times as long as the input.</summary>
public static class Steep
{
    private const int Depth = 100;

    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length > 0 && data[0] == 't') Descend(Depth);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(int steps) =>
        steps == 0 ? throw new InvalidDataException("the ground is reached") : Descend(steps - 1) + 1;
}
