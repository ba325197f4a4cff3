using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Shmem.Backends.Interop;

/// <summary>
/// The ioctls of Android's ashmem device. Numbers from linux/ashmem.h, which Debian does not ship: <c>_IOW(0x77, n, type)</c> of a 64-bit process.
/// </summary>
internal static unsafe partial class AshmemDevice
{
    public const uint ASHMEM_SET_NAME = 0x41007701;
    public const uint ASHMEM_GET_NAME = 0x81007702;
    public const uint ASHMEM_SET_SIZE = 0x40087703;
    public const uint ASHMEM_GET_SIZE = 0x7704;
    public const uint ASHMEM_SET_PROT_MASK = 0x40087705;
    public const uint ASHMEM_GET_PROT_MASK = 0x7706;
    public const uint ASHMEM_PIN = 0x40087707;
    public const uint ASHMEM_UNPIN = 0x40087708;
    public const uint ASHMEM_GET_PIN_STATUS = 0x7709;

    /// <summary>Bytes of a name with its NUL.</summary>
    public const int ASHMEM_NAME_LEN = 256;

    /// <summary>What <see cref="ASHMEM_PIN"/> returns where the pages were purged while they were unpinned.</summary>
    public const int ASHMEM_WAS_PURGED = 1;

    /// <summary>What <see cref="ASHMEM_GET_PIN_STATUS"/> returns where all pages are pinned; 0 where some are not.</summary>
    public const int ASHMEM_IS_PINNED = 1;

    /// <summary>Of the protection mask; mmap(2)'s own numbers.</summary>
    public const nint PROT_READ_WRITE = 3;

    /// <summary>A command with a number, or with nothing (0). ioctl is variadic: macOS on ARM64 would look for it elsewhere.</summary>
    /// <returns>The command's answer, or -1 with errno set.</returns>
    [UnsupportedOSPlatform("macos")]
    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Control(int file, nuint command, nint argument);

    /// <summary>A command with a range of pages.</summary>
    [UnsupportedOSPlatform("macos")]
    public static int Control(int file, nuint command, Range range) => Control(file, command, (nint)(&range));

    /// <summary>A command with a name of <see cref="ASHMEM_NAME_LEN"/> bytes.</summary>
    [UnsupportedOSPlatform("macos")]
    public static int Control(int file, nuint command, Span<byte> name)
    {
        // SAFETY: the kernel reads or writes exactly that many bytes.
        fixed (byte* start = name[..ASHMEM_NAME_LEN]) return Control(file, command, (nint)start);
    }

    /// <summary><c>struct ashmem_pin</c>: bytes, both multiples of the page's size; a length of 0 is all that follows.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Range(uint offset, uint length)
    {
        public readonly uint Offset = offset;
        public readonly uint Length = length;
    }
}
