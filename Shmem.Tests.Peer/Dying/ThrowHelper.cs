using System.Runtime.CompilerServices;

namespace Shmem.Tests.Peer.Dying;

internal static class ThrowHelper
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowFormat(string text) => throw new FormatException($"bad input {text}");
}
