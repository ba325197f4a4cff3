using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Shmem.Backends.Interop;

namespace Shmem.Backends.PosixShm;

/// <summary>New objects of POSIX: a name that nobody has, and bytes that are really there.</summary>
internal static class PosixObject
{
    /// <summary>The first characters of every name, by which leftovers are known.</summary>
    public const string NamePrefix = "/shmem-";

    /// <summary>Of macOS (PSHMNAMLEN, sys/posix_shm.h, is 31 with the NUL); held everywhere.</summary>
    public const int LongestName = 30;

    private const int Attempts = 8;

    /// <summary>Makes an object of no bytes. The caller disposes the descriptor and unlinks the name.</summary>
    /// <exception cref="ShMemException">The system refused.</exception>
    public static Descriptor Create(string purpose, out string name)
    {
        for (var attempt = 1; ; attempt++)
        {
            name = NamePrefix + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 20);
            var file = LibcPosixShm.Open(name, LibcFile.O_RDWR | LibcFile.O_CREAT | LibcFile.O_EXCL | LibcFile.O_CLOEXEC);
            if (!file.IsInvalid) return file;
            if (Marshal.GetLastPInvokeError() != LibcErrno.EEXIST || attempt == Attempts) throw UnixFailure.Of("shm_open", purpose);
        }
    }

    /// <summary>True where the bytes of an object can be allocated. macOS cannot, and lets an object's size be set once.</summary>
    public static bool CanAllocate => !OperatingSystem.IsMacOS();

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
}
