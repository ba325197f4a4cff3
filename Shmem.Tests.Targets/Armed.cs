using System.Runtime.CompilerServices;

namespace Shmem.Tests.Targets;

/// <summary>Fails from the moment on at which a file is in the folder that it works in.</summary>
public static class Armed
{
    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length == 0) return;
        if (data[0] == 'c') Break();
        if (data[0] == 'i') GiveUp();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Break()
    {
        if (File.Exists("armed")) throw new InvalidOperationException("armed");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void GiveUp()
    {
        if (File.Exists("armed")) Environment.FailFast("armed");
    }
}
