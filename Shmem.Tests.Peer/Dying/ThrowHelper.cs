using System.Runtime.CompilerServices;

namespace Shmem.Tests.Peer.Dying;

/// <summary>Called as the framework and many libraries call theirs: a key passes over frames of such a type, and names who called it.</summary>
internal static class ThrowHelper
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void ThrowFormat(string text) => throw new FormatException($"bad input {text}");
}
