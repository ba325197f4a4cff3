using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>memfd_create(2); flags from linux/memfd.h. In glibc since 2.27 and in musl since 1.1.20.</summary>
internal static partial class LibcMemfd
{
    private const uint MFD_CLOEXEC = 1;
    private const uint MFD_ALLOW_SEALING = 2;

    /// <summary>On huge pages of the default size.</summary>
    public const uint MFD_HUGETLB = 4;

    /// <summary>A new memfd with CLOEXEC that can be sealed; its name, which ends with a NUL, is only for people who read /proc.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Descriptor Create(scoped ReadOnlySpan<byte> name, uint moreFlags = 0) =>
        new(LibcErrno.Keep(Create(in name[0], MFD_CLOEXEC | MFD_ALLOW_SEALING | moreFlags)));

    [LibraryImport("libc", EntryPoint = "memfd_create")]
    private static partial int Create(ref readonly byte name, uint flags);
}
