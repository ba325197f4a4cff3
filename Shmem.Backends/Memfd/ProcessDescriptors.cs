using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Memfd;

/// <summary>
/// Opens descriptors of other processes through kept handles of <c>/proc/&lt;pid&gt;/fd</c>: half the cost of the whole path, and a kept handle
/// dies with its process, so it never reaches a later one with the same pid. For writing a copy is faster still where it is allowed
/// (<see cref="DescriptorCopies"/>).
/// </summary>
[SupportedOSPlatform("linux")]
internal static class ProcessDescriptors
{
    private static readonly KeptHandles Kept = new();

    /// <summary>A descriptor of our own for the file. The caller disposes it.</summary>
    /// <exception cref="ShMemException">No such process or descriptor, or it may not be opened.</exception>
    public static Descriptor Open(in MemfdId id, ShMemAccess access)
    {
        if (access == ShMemAccess.ReadWrite)
        {
            var copy = DescriptorCopies.TryCopy(id);
            if (!copy.IsInvalid) return copy;
        }

        if (Kept.TryGet(id.Process, out var kept))
        {
            var file = TryOpen(kept, id.Descriptor, access);
            if (!file.IsInvalid) return file;
            // The process is gone or has no such descriptor: a new handle of the directory tells which.
            Kept.Drop(id.Process, kept);
        }

        var directory = LibcFile.OpenAt(LibcFile.AT_FDCWD, string.Create(CultureInfo.InvariantCulture, $"/proc/{id.Process}/fd"),
            LibcFile.O_RDONLY | LibcFile.O_DIRECTORY | LibcFile.O_CLOEXEC);
        if (directory.IsInvalid) throw Refused(id, "open /proc/<pid>/fd", Marshal.GetLastPInvokeError());
        var opened = TryOpen(directory, id.Descriptor, access);
        if (opened.IsInvalid)
        {
            var failure = Refused(id, "openat in /proc/<pid>/fd", Marshal.GetLastPInvokeError());
            directory.Dispose();
            throw failure;
        }

        if (!Kept.TryKeep(id.Process, directory)) directory.Dispose();
        return opened;
    }

    private static Descriptor TryOpen(SafeFileHandle directory, int descriptor, ShMemAccess access)
    {
        Span<byte> name = stackalloc byte[12];
        Utf8Formatter.TryFormat(descriptor, name, out var length);
        name[length] = 0;
        // A foreign id may name a FIFO or a terminal: do not wait for it, and do not make it ours.
        var flags = (access == ShMemAccess.Read ? LibcFile.O_RDONLY : LibcFile.O_RDWR)
            | LibcFile.O_CLOEXEC | LibcFile.O_NONBLOCK | LibcFile.O_NOCTTY;
        if (!KeptHandles.TryHold(directory)) return new Descriptor(-1);
        try
        {
            return LibcFile.OpenIn((int)directory.DangerousGetHandle(), name, flags);
        }
        finally
        {
            directory.DangerousRelease();
        }
    }

    private static ShMemException Refused(in MemfdId id, string call, int errno)
    {
        var segment = string.Create(CultureInfo.InvariantCulture, $"open memfd:{id.Process}.{id.Descriptor}.{id.Inode}");
        var purpose = $"{segment}: {call}";
        return errno switch
        {
            LibcErrno.ENOENT => ShMemException.Os(ShMemError.NotFound, purpose, errno, string.Create(CultureInfo.InvariantCulture,
                $"{(Directory.Exists($"/proc/{id.Process}") ? "Its owner released it" : $"Its owner, process {id.Process}, is dead or lives in another pid namespace")}: ask for a new description.")),
            LibcErrno.EACCES or LibcErrno.EPERM => ShMemException.Os(ShMemError.Denied, purpose, errno, WhyDenied.Of(id.Process)),
            LibcErrno.EMFILE or LibcErrno.ENFILE or LibcErrno.ENOMEM => UnixFailure.Of(call, segment, errno),
            // A memfd opens; what refuses in another way (a directory, a socket, a running program) has taken the number since.
            _ => ShMemException.Os(ShMemError.NotFound, purpose, errno, "The descriptor is something else by now: ask for a new description."),
        };
    }
}
