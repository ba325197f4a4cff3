using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>shm_open(3), shm_unlink(3). In libc itself since glibc 2.34, and always in musl.</summary>
internal static partial class LibcPosixShm
{
    /// <summary>S_IRUSR | S_IWUSR.</summary>
    private const uint OwnerOnly = 0x180;

    /// <summary>Opens a named object; its permissions, when it is created, are 0600.</summary>
    public static Descriptor Open(string name, int flags) => new(Open(name, flags, OwnerOnly));

    [LibraryImport("libc", EntryPoint = "shm_open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "shm_unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string name);
}
