using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shmem.Tests.Peer.Dying;

/// <summary>Unsafe code gone wrong.</summary>
public static unsafe class WildPointer
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Write()
    {
        // SAFETY: none, and that is the point: no mapping is ever at this address, and the process is started to die.
        *(int*)0x123456789000 = 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Copy()
    {
        // SAFETY: as above; here the frame that touches the address is the framework's.
        new Span<byte>((void*)0x123456789000, 4096).Fill(1);
    }

    /// <summary>Overwrites an object's type pointer, so that the collector finds a broken heap.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void CorruptHeap()
    {
        var victims = new object[64];
        for (var i = 0; i < victims.Length; i++)
            victims[i] = new byte[64];
        fixed (byte* first = (byte[])victims[8])
        {
            // SAFETY: none: eight bytes before an array's length stands its type pointer; the process is started to die.
            *(long*)(first - 16) = 0x123456789000;
        }

        GC.Collect();
        GC.KeepAlive(victims);
    }

    /// <summary>Calls a method as managed that only native code may call: the runtime ends the process by itself.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void CallUnmanagedOnly()
    {
        // SAFETY: none: the pointer's true type is unmanaged; the process is started to die.
        var managed = (delegate*<int, int>)(void*)(delegate* unmanaged<int, int>)&OnlyForNative;
        _ = managed(1);
    }

    [UnmanagedCallersOnly]
    private static int OnlyForNative(int value) => value;
}
