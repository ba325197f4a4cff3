using System.Runtime.CompilerServices;

namespace Shmem.Tests.Peer.Dying;

/// <summary>A type that cannot be initialised.</summary>
public static class StaticParser
{
    private static readonly int _size;

    static StaticParser()
    {
        Parser.Parse("x");
        _size = 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int Touch() => _size;
}
