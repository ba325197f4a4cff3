using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>Mapping memory: mmap(2), munmap(2). Constants from asm-generic/mman-common.h, the same on every Linux architecture .NET runs on.</summary>
internal static partial class LibcMemory
{
    public const int PROT_READ = 1;
    public const int PROT_WRITE = 2;
    public const int MAP_SHARED = 1;

    /// <summary>What mmap returns on failure.</summary>
    public const nint MAP_FAILED = -1;

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint length, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);
}
