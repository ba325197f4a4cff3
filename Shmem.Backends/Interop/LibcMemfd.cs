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

    /// <summary>MFD_NOEXEC_SEAL of Linux 6.3; the headers of many systems do not have it yet. Earlier kernels refuse what they do not know.</summary>
    private const uint NeverExecutable = 8;

    /// <summary>A new memfd with CLOEXEC that can be sealed; its name, which ends with a NUL, is only for people who read /proc.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Descriptor Create(scoped ReadOnlySpan<byte> name, uint moreFlags = 0)
    {
        var file = LibcErrno.Keep(Create(in name[0], MFD_CLOEXEC | MFD_ALLOW_SEALING | moreFlags));
        return file < 0 && Marshal.GetLastPInvokeError() == LibcErrno.EACCES ? CreateNotExecutable(name, moreFlags) : new Descriptor(file);
    }

    /// <summary>Where vm.memfd_noexec is 2 the kernel makes no others.</summary>
    private static Descriptor CreateNotExecutable(scoped ReadOnlySpan<byte> name, uint moreFlags) =>
        new(LibcErrno.Keep(Create(in name[0], MFD_CLOEXEC | MFD_ALLOW_SEALING | NeverExecutable | moreFlags)));

    [LibraryImport("libc", EntryPoint = "memfd_create")]
    private static partial int Create(ref readonly byte name, uint flags);
}
