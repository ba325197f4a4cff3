using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>memfd_create(2); flags from linux/memfd.h. In glibc since 2.27 and in musl since 1.1.20.</summary>
internal static partial class LibcMemfd
{
    public const uint MFD_CLOEXEC = 1;
    public const uint MFD_ALLOW_SEALING = 2;

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    public static partial SafeFileHandle Create(ref readonly byte name, uint flags);
}
