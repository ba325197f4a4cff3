using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Shmem.Backends.Interop;

/// <summary>Pages of this process: VirtualAlloc, VirtualFree. Constants from winnt.h.</summary>
[SupportedOSPlatform("windows")]
internal static partial class Kernel32Pages
{
    private const uint MEM_COMMIT = 0x1000;
    private const uint MEM_RESERVE = 0x2000;
    private const uint MEM_RELEASE = 0x8000;
    private const uint PAGE_NOACCESS = 1;
    private const uint PAGE_READWRITE = 4;

    /// <summary>Reserves addresses that nobody may touch; 0 on failure.</summary>
    public static nint Reserve(nuint length) => Allocate(0, length, MEM_RESERVE, PAGE_NOACCESS);

    /// <summary>Gives pages of a reservation their memory, which is zero.</summary>
    public static bool Commit(nint address, nuint length) => Allocate(address, length, MEM_COMMIT, PAGE_READWRITE) != 0;

    /// <summary>Lets a whole reservation go.</summary>
    public static bool Free(nint reservation) => Release(reservation, 0, MEM_RELEASE) != 0;

    [LibraryImport("kernel32", EntryPoint = "VirtualAlloc", SetLastError = true)]
    private static partial nint Allocate(nint address, nuint length, uint kind, uint protection);

    [LibraryImport("kernel32", EntryPoint = "VirtualFree", SetLastError = true)]
    private static partial int Release(nint address, nuint length, uint kind);
}
