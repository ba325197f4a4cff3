using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Memfd;

/// <summary>New memfds, which have their size. The caller owns the descriptor.</summary>
[SupportedOSPlatform("linux")]
internal static class NewMemfd
{
    /// <summary>One that is not sealed yet.</summary>
    /// <param name="scheme">Whose segment it is to be, for messages.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="moreFlags">For memfd_create.</param>
    /// <exception cref="ShMemException">The system refused; nothing is left.</exception>
    public static Descriptor Create(string scheme, long size, uint moreFlags = 0)
    {
        var file = LibcMemfd.Create("shmem\0"u8, moreFlags);
        if (file.IsInvalid) throw Refused(scheme, size);
        return LibcFile.Truncate(file.Number, size) == 0 ? file : throw Abandoned(file, "ftruncate", scheme, size);
    }

    /// <summary>One that nobody can cut off.</summary>
    /// <inheritdoc cref="Create"/>
    public static Descriptor CreateSealed(string scheme, long size)
    {
        var file = Create(scheme, size);
        return LibcFile.Control(file.Number, LibcFile.F_ADD_SEALS, MemfdShMemProvider.Seals) == 0
            ? file : throw Abandoned(file, "fcntl(F_ADD_SEALS)", scheme, size);
    }

    /// <summary>Of a file that is not to be, for errno.</summary>
    public static ShMemException Abandoned(Descriptor file, string call, string scheme, long size)
    {
        var failure = UnixFailure.Of(call, Purpose(scheme, size));
        file.Dispose();
        return failure;
    }

    /// <summary>The call takes no rights: who refuses it is no file's owner.</summary>
    private static ShMemException Refused(string scheme, long size)
    {
        var errno = Marshal.GetLastPInvokeError();
        return errno is LibcErrno.EPERM or LibcErrno.EACCES
            ? ShMemException.Os(ShMemError.Denied, $"{Purpose(scheme, size)}: memfd_create", errno,
                "A seccomp filter, a container or a security module refuses the call: allow it there, or use another backend.")
            : UnixFailure.Of("memfd_create", Purpose(scheme, size), errno);
    }

    private static string Purpose(string scheme, long size) => $"create {scheme} segment of {size} bytes";
}
