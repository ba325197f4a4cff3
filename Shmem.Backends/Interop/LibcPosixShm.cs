using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>shm_open(3), shm_unlink(3). In libc itself since glibc 2.34, and always in musl.</summary>
internal static partial class LibcPosixShm
{
    [LibraryImport("libc", EntryPoint = "shm_open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle Open(string name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "shm_unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string name);
}
