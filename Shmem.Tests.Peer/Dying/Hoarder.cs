using System.Runtime.CompilerServices;

namespace Shmem.Tests.Peer.Dying;

/// <summary>Takes memory until there is none.</summary>
public static class Hoarder
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Grow()
    {
        var kept = new List<byte[]>();
        while (true)
            Add(kept);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Allocate() => new byte[2147483591].Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(List<byte[]> kept) => kept.Add(new byte[4096]);
}
