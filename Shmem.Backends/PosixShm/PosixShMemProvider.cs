using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Shmem.Backends.Interop;

namespace Shmem.Backends.PosixShm;

/// <summary>Named objects of POSIX (shm_open(3)). Any process of the user opens one by its name; the owner unlinks it.</summary>
/// <remarks>
/// A name outlives <c>kill -9</c> of its owner, so the backend is not crash-clean. The bytes are allocated at creation: a full
/// <c>/dev/shm</c> is an error there and not a SIGBUS later.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class PosixShMemProvider : ShMemProvider
{
    /// <summary>The first characters of every name, by which leftovers are known.</summary>
    internal const string NamePrefix = "/shmem-";

    /// <summary>Of macOS (PSHMNAMLEN, sys/posix_shm.h, is 31 with the NUL); held everywhere.</summary>
    private const int LongestName = 30;

    private const int Attempts = 8;

    /// <inheritdoc/>
    public override string Scheme => "posix";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.User, CrashClean: false, ReadOnly: true);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        for (var attempt = 1; ; attempt++)
        {
            var name = NamePrefix + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 20);
            using var file = LibcPosixShm.Open(name, LibcFile.O_RDWR | LibcFile.O_CREAT | LibcFile.O_EXCL | LibcFile.O_CLOEXEC);
            if (!file.IsInvalid) return CreateIn(file, name, size);
            var errno = Marshal.GetLastPInvokeError();
            if (errno != LibcErrno.EEXIST || attempt == Attempts) throw NameRefused(size, errno);
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        var name = description.Id.Rest;
        if (!description.Id.HasScheme("posix"u8) || !IsName(name)) throw NotOurs(description.Id);
        // A foreign name may be that of a FIFO: do not wait for its writer.
        using var file = LibcPosixShm.Open(name,
            (access == ShMemAccess.Read ? LibcFile.O_RDONLY : LibcFile.O_RDWR) | LibcFile.O_CLOEXEC | LibcFile.O_NONBLOCK);
        if (file.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            // EINVAL is what glibc makes of a directory, ELOOP what both libcs say of a link.
            throw UnixFailure.Of("shm_open", $"open {description.Id}", errno is LibcErrno.EINVAL or LibcErrno.EISDIR or LibcErrno.ELOOP
                ? LibcErrno.ENOENT : errno);
        }

        if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("statx", $"open {description.Id}");
        if (!status.IsRegularFile)
        {
            throw new ShMemException(ShMemError.NotFound, $"open {description.Id}", "it is not a shared memory object",
                "Ask the owner for a new description.");
        }

        if ((long)status.Size < description.Size) throw TooSmall(description, (long)status.Size);
        return new ShMem(MmapMapping.Open(file, description, access), description, isOwner: false);
    }

    private static ShMem CreateIn(Descriptor file, string name, long size)
    {
        try
        {
            int errno;
            // A signal, such as the runtime's own, ends it early and nothing is allocated then (fallocate(2)).
            do errno = LibcFile.Allocate(file.Number, 0, size);
            while (errno == LibcErrno.EINTR);
            if (errno == LibcErrno.ENOSPC)
            {
                throw ShMemException.Os(ShMemError.LimitReached, $"create posix segment of {size} bytes: posix_fallocate", errno,
                    $"/dev/shm is full (it has {new DriveInfo("/dev/shm").TotalSize} bytes in all): ask for less, remove what is in it, or "
                    + "'mount -o remount,size=… /dev/shm'.");
            }

            if (errno != 0) throw UnixFailure.Of("posix_fallocate", $"create posix segment of {size} bytes", errno);
            var start = LibcMemory.Map(file, size, ShMemAccess.ReadWrite);
            if (start == LibcMemory.MAP_FAILED) throw Failed("mmap", size);
            return new ShMem(new PosixMapping(start, size, name), new ShMemDescription(ShMemId.Parse($"posix:{name}"), size), isOwner: true);
        }
        catch (ShMemException)
        {
            LibcPosixShm.Unlink(name);
            throw;
        }
    }

    private static bool IsName(string name) =>
        name[0] == '/' && name.Length is >= 2 and <= LongestName && name.IndexOf('/', 1) < 0 && name is not "/." and not "/..";

    /// <summary>No name could be made in /dev/shm.</summary>
    private static ShMemException NameRefused(long size, int errno)
    {
        var operation = $"create posix segment of {size} bytes: shm_open";
        return errno switch
        {
            LibcErrno.ENOENT => ShMemException.Os(ShMemError.Unsupported, operation, errno,
                "There is no /dev/shm: 'mount -t tmpfs tmpfs /dev/shm', or use another backend."),
            LibcErrno.EACCES or LibcErrno.EPERM => ShMemException.Os(ShMemError.Denied, operation, errno,
                "This user may not make files in /dev/shm, whose mode usually is 1777: 'chmod 1777 /dev/shm', or use another backend."),
            LibcErrno.ENOSPC => ShMemException.Os(ShMemError.LimitReached, operation, errno,
                "/dev/shm has as many files as it may: remove what is in it, or 'mount -o remount,nr_inodes=… /dev/shm'."),
            _ => UnixFailure.Of("shm_open", $"create posix segment of {size} bytes", errno),
        };
    }

    private static ShMemException Failed(string call, long size) => UnixFailure.Of(call, $"create posix segment of {size} bytes");
}
