using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>Mapping memory: mmap(2), munmap(2). Constants from asm-generic/mman-common.h, the same on every Linux architecture .NET runs on.</summary>
internal static partial class LibcMemory
{
    private const int PROT_READ = 1;
    private const int PROT_WRITE = 2;
    private const int MAP_SHARED = 1;

    /// <summary>What mmap returns on failure.</summary>
    public const nint MAP_FAILED = -1;

    /// <summary>Maps the first <paramref name="length"/> bytes of a file, shared. <see cref="MAP_FAILED"/> with errno set on failure.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Map(Descriptor file, long length, ShMemAccess access) =>
        LibcErrno.Keep(MapPages(0, (nuint)length, access == ShMemAccess.Read ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, file.Number, 0));

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint MapPages(nint address, nuint length, int protection, int flags, int file, nint offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Unmap(nint address, nuint length) => LibcErrno.Keep(UnmapPages(address, length));

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapPages(nint address, nuint length);
}
