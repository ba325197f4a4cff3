using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// Mapping memory: mmap(2), mprotect(2), madvise(2), munmap(2). Constants from asm-generic/mman-common.h, the same on every Linux architecture .NET runs
/// on; macOS's from sys/mman.h.
/// </summary>
internal static partial class LibcMemory
{
    private const int PROT_NONE = 0;
    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_SHARED = 1;
    private const int MAP_PRIVATE = 2;

    /// <summary>Linux 5.14 and later; EINVAL before.</summary>
    private const int MADV_POPULATE_WRITE = 23;

    /// <summary>What mmap returns on failure.</summary>
    public const nint MAP_FAILED = -1;

    /// <summary>Maps the first <paramref name="length"/> bytes of a file, shared. <see cref="MAP_FAILED"/> with errno set on failure.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Map(Descriptor file, long length, ShMemAccess access) =>
        LibcErrno.Keep(MapPages(0, (nuint)length, access == ShMemAccess.Read ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, file.Number, 0));

    /// <summary>Reserves addresses that nobody may touch. <see cref="MAP_FAILED"/> with errno set on failure.</summary>
    public static nint Reserve(nuint length) => LibcErrno.Keep(MapPages(0, length, PROT_NONE,
        MAP_PRIVATE | (!OperatingSystem.IsMacOS() ? LinuxNumbers.MAP_ANONYMOUS : MacOSNumbers.MAP_ANONYMOUS), -1, 0));

    /// <summary>Makes whole pages of a reservation readable and writable; they are zero. 0, or -1 with errno set.</summary>
    public static int Allow(nint address, nuint length) => LibcErrno.Keep(Protect(address, length, PROT_READ | PROT_WRITE));

    /// <summary>Gives every page its memory now. 0, or -1 with errno set.</summary>
    public static int Populate(nint address, nuint length) => LibcErrno.Keep(Advise(address, length, MADV_POPULATE_WRITE));

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapPages(nint address, nuint length, int protection, int flags, int file, nint offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Unmap(nint address, nuint length) => LibcErrno.Keep(UnmapPages(address, length));

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapPages(nint address, nuint length);
}
