using System.Runtime.InteropServices;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>A second view of the coverage map, below 2 GiB, for what counts in it. On Linux on x64; elsewhere there is none.</summary>
/// <remarks>
/// An address of 31 bits is part of the instruction that counts, <c>inc byte ptr [address]</c> in 7 bytes; any other first goes into a register, in 12 bytes, at
/// every edge. Constants from mmap(2), mremap(2), asm-generic/mman-common.h and, <c>MAP_32BIT</c>, asm/mman.h of x86.
/// </remarks>
internal static unsafe partial class LowView
{
    private const int PROT_NONE = 0;
    private const int MAP_PRIVATE = 2;
    private const int MAP_ANONYMOUS = 0x20;
    private const int MAP_32BIT = 0x40;
    private const int MREMAP_MAYMOVE = 1;
    private const int MREMAP_FIXED = 2;
    private const nint Failed = -1;

    /// <summary>Makes the view. It stays for as long as the process lives, since the JIT folds the address into code.</summary>
    /// <param name="map">At the start of a page of a segment that stays mapped as long.</param>
    /// <param name="length">Bytes.</param>
    /// <returns>The view's first byte; <paramref name="map"/> itself where there is no view: not this platform, no room, a segment that is not shared.</returns>
    public static byte* Of(byte* map, int length)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64) return map;
        var room = Map(0, (nuint)length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        if (room == Failed) return map;
        // SAFETY: the room was just reserved, by nobody else. An old size of 0 maps the pages of a shared mapping once more, and leaves the first (mremap(2)).
        // Where it fails, the room may be gone already, and be another's: it stays as it is, addresses without memory.
        var view = Remap((nint)map, 0, (nuint)length, MREMAP_MAYMOVE | MREMAP_FIXED, room);
        return view != Failed ? (byte*)view : map;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, nint offset);

    // Variadic in glibc, which makes no difference to integers on x64.
    [LibraryImport("libc", EntryPoint = "mremap")]
    private static partial nint Remap(nint old, nuint oldLength, nuint length, int flags, nint address);
}
