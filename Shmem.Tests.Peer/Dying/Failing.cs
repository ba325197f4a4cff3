// Debug.Assert must do its work in release builds too.
#define DEBUG
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Shmem.Tests.Peer.Dying;

/// <summary>Code that gives up by itself.</summary>
public static class Failing
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Fast(string text) => Environment.FailFast($"cannot go on with {text}");

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void FastWith(string text)
    {
        try
        {
            Parser.Parse(text);
        }
        catch (FormatException e)
        {
            Environment.FailFast($"cannot go on with {text}", e);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Assert(string text) => Debug.Assert(text.Length == 2, "text is too short", "its length was 1");
}
