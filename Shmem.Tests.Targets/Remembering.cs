using System.Runtime.CompilerServices;

namespace Shmem.Tests.Targets;

/// <summary>Fails at some inputs only if another came before, and at others by themselves.</summary>
public static class Remembering
{
    private static bool _hasSeen;

    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length == 0) return;
        if (data[0] == 'i') _hasSeen = true;
        if (data[0] == 'c' && _hasSeen) Depends();
        if (data[0] == 'e') Fails();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Depends() => throw new InvalidOperationException("of what came before");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fails() => throw new FormatException("each time");
}
