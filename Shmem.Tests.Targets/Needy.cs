using System.Runtime.CompilerServices;

namespace Shmem.Tests.Targets;

/// <summary>Needs for some inputs an assembly that may be missing, on its thread or on another.</summary>
public static class Needy
{
    public static void Run(byte[] data)
    {
        if (data.Length == 0) return;
        if (data[0] == 'c') Use();
        if (data[0] != 'i') return;
        var thread = new Thread(Use);
        thread.Start();
        thread.Join();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Use() => Harness.OtherVersion([]);
}
