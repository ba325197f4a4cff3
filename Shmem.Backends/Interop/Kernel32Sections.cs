using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>Sections and their views. Constants from memoryapi.h and winnt.h, the error numbers from winerror.h.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Kernel32Sections
{
    private const uint PAGE_READWRITE = 4;
    private const uint FILE_MAP_WRITE = 2;
    private const uint FILE_MAP_READ = 4;
    private const nint INVALID_HANDLE_VALUE = -1;

    /// <summary>Pages that have memory, in <see cref="MemoryBasicInformation.State"/>.</summary>
    private const uint MEM_COMMIT = 0x1000;

    /// <summary>
    /// A section of the page file; null is one without a name. The caller owns the handle and disposes it; the last error is ERROR_ALREADY_EXISTS when it leads to a section
    /// that was there before. The security descriptor is a self-relative one.
    /// </summary>
    public static SafeMemoryMappedFileHandle Create(string? name, long size, ReadOnlySpan<byte> descriptor)
    {
        // SAFETY: the descriptor is pinned over the call, which copies it.
        fixed (byte* bytes = descriptor)
        {
            var attributes = new SecurityAttributes { Length = (uint)sizeof(SecurityAttributes), SecurityDescriptor = (nint)bytes };
            return CreateFileMapping(INVALID_HANDLE_VALUE, attributes, PAGE_READWRITE, (uint)(size >> 32), (uint)size, name);
        }
    }

    /// <summary>A section by its name. The caller owns the handle and disposes it.</summary>
    public static SafeMemoryMappedFileHandle Open(string name, ShMemAccess access) => OpenFileMapping(Rights(access), inherit: 0, name);

    /// <summary>Maps a whole section; 0 with the last error set on failure. The view keeps the memory, not the name, when the handle is closed.</summary>
    public static nint Map(SafeHandle section, ShMemAccess access) => MapViewOfFile(section, Rights(access), 0, 0, 0);

    /// <summary>Bytes of the view that starts there, in whole pages. Pages that were only reserved, by another program, fault: they are none.</summary>
    public static long Length(nint start) =>
        VirtualQuery(start, out var pages, (nuint)Unsafe.SizeOf<MemoryBasicInformation>()) != 0 && pages.State == MEM_COMMIT ? (long)pages.RegionSize : 0;

    /// <summary>What a handle has to allow for a view of that access.</summary>
    public static uint Rights(ShMemAccess access) => access == ShMemAccess.Read ? FILE_MAP_READ : FILE_MAP_READ | FILE_MAP_WRITE;

    [LibraryImport("kernel32", EntryPoint = "CreateFileMappingW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeMemoryMappedFileHandle CreateFileMapping(nint file, in SecurityAttributes attributes, uint protection, uint sizeHigh,
        uint sizeLow, string? name);

    [LibraryImport("kernel32", EntryPoint = "OpenFileMappingW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafeMemoryMappedFileHandle OpenFileMapping(uint access, int inherit, string name);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nint MapViewOfFile(SafeHandle section, uint access, uint offsetHigh, uint offsetLow, nuint length);

    /// <summary>0 on failure.</summary>
    [LibraryImport("kernel32", EntryPoint = "UnmapViewOfFile", SetLastError = true)]
    public static partial int Unmap(nint address);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial nuint VirtualQuery(nint address, out MemoryBasicInformation information, nuint length);
}
