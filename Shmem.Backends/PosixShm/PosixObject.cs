using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.PosixShm;

/// <summary>New objects of POSIX: a name that nobody has, and bytes that are really there.</summary>
internal static class PosixObject
{
    /// <summary>The first characters of every name, by which leftovers are known.</summary>
    public const string NamePrefix = "/shmem-";

    private const int Attempts = 8;

    /// <summary>
    /// Makes an object of no bytes. The caller disposes the descriptor, unlinks the name and then clears the entry in the manifest.
    /// </summary>
    /// <param name="purpose">For messages.</param>
    /// <param name="lists">Whether the name is listed there before it is made.</param>
    /// <param name="name">The name.</param>
    /// <param name="entry">Its entry; null where it is not listed.</param>
    /// <exception cref="ShMemException">The system refused.</exception>
    public static Descriptor Create(string purpose, bool lists, out string name, out ManifestEntry? entry)
    {
        for (var attempt = 1; ; attempt++)
        {
            name = NamePrefix + RandomNumberGenerator.GetString(ShMemName.Base32Digits, 20);
            entry = lists && OperatingSystem.IsLinux() ? ShMemCampaign.List(ListedName.Posix(name)) : null;
            var file = LibcPosixShm.Open(name, LibcFile.O_RDWR | LibcFile.O_CREAT | LibcFile.O_EXCL | LibcFile.O_CLOEXEC);
            if (!file.IsInvalid) return file;
            var errno = Marshal.GetLastPInvokeError();
            Clear(entry);
            if (errno != LibcErrno.EEXIST || attempt == Attempts) throw NameRefused(purpose, errno);
        }
    }

    /// <summary>The name is gone, or need not be removed any more.</summary>
    public static void Clear(ManifestEntry? entry)
    {
        if (OperatingSystem.IsLinux()) entry?.Clear();
    }

    /// <summary>Gives an object its size, once.</summary>
    /// <param name="file">The object, which has none yet.</param>
    /// <param name="size">Bytes, at least 1.</param>
    /// <param name="allocate">Whether the bytes are allocated too, so that a full /dev/shm shows here and not as SIGBUS later.</param>
    /// <param name="purpose">For messages.</param>
    /// <exception cref="ShMemException">The system refused.</exception>
    public static void SetSize(Descriptor file, long size, bool allocate, string purpose)
    {
        if (!allocate)
        {
            if (LibcFile.Truncate(file.Number, size) != 0) throw UnixFailure.Of("ftruncate", purpose);
            return;
        }

        int errno;
        // A signal, such as the runtime's own, ends it early and nothing is allocated then (fallocate(2)).
        do errno = LibcFile.Allocate(file.Number, 0, size);
        while (errno == LibcErrno.EINTR);
        if (errno == LibcErrno.ENOSPC)
        {
            throw ShMemException.Os(ShMemError.LimitReached, $"{purpose}: posix_fallocate", errno,
                $"/dev/shm is full (it has {new DriveInfo("/dev/shm").TotalSize} bytes in all): ask for less, remove what is in it, or "
                + "'mount -o remount,size=… /dev/shm'.");
        }

        if (errno != 0) throw UnixFailure.Of("posix_fallocate", purpose, errno);
    }

    /// <summary>No name could be made.</summary>
    private static ShMemException NameRefused(string purpose, int errno)
    {
        if (!OperatingSystem.IsLinux()) return UnixFailure.Of("shm_open", purpose, errno);
        var operation = $"{purpose}: shm_open";
        return errno switch
        {
            LibcErrno.ENOENT => ShMemException.Os(ShMemError.Unsupported, operation, errno,
                "There is no /dev/shm: 'mount -t tmpfs tmpfs /dev/shm', or use another backend."),
            LibcErrno.EACCES or LibcErrno.EPERM => ShMemException.Os(ShMemError.Denied, operation, errno,
                "This user may not make files in /dev/shm, whose mode usually is 1777: 'chmod 1777 /dev/shm', or use another backend."),
            LibcErrno.ENOSPC => ShMemException.Os(ShMemError.LimitReached, operation, errno,
                "/dev/shm has as many files as it may: remove what is in it, or 'mount -o remount,nr_inodes=… /dev/shm'."),
            _ => UnixFailure.Of("shm_open", purpose, errno),
        };
    }
}
