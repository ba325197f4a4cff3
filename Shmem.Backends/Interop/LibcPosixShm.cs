using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>shm_open(3), shm_unlink(3). In libc itself since glibc 2.34, and always in musl.</summary>
internal static partial class LibcPosixShm
{
    /// <summary>Opens a named object; its permissions, when it is created, are 0600.</summary>
    public static Descriptor Open(string name, int flags) =>
        new(AppleArm64.IsHere ? OpenPadded(name, flags, 0, 0, 0, 0, 0, 0, LibcFile.OwnerOnly) : Open(name, flags, LibcFile.OwnerOnly));

    [LibraryImport("libc", EntryPoint = "shm_open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string name, int flags, uint mode);

    /// <summary>shm_open is variadic on macOS: see <see cref="AppleArm64"/>.</summary>
    [LibraryImport("libc", EntryPoint = "shm_open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPadded(string name, int flags, nint r2, nint r3, nint r4, nint r5, nint r6, nint r7, uint mode);

    [LibraryImport("libc", EntryPoint = "shm_unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string name);
}
