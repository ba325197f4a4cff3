using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Janitor;

/// <summary>
/// The lock of a campaign's folder (flock(2)). Every participant holds it shared by a descriptor that no child inherits, so the operating system frees
/// it when the last of them is gone, however that happened; who has it exclusively knows that the campaign is dead. No pid is written: one means
/// nothing in another pid namespace, and comes to mean somebody else.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class CampaignLock
{
    public const string FileName = "lock";

    /// <summary>Makes the lock in a new folder and holds it shared. The caller owns the handle and disposes it.</summary>
    /// <returns>Null where a sweep took the folder, which nobody had locked yet, for a dead one's.</returns>
    /// <exception cref="ShMemException">The system refused.</exception>
    public static SafeFileHandle? TryMake(string folder)
    {
        var file = LibcFile.CreateAt(LibcFile.AT_FDCWD, Path.Combine(folder, FileName), LibcFile.O_RDWR | LibcFile.O_CREAT | LibcFile.O_EXCL | LibcFile.O_CLOEXEC,
            LibcFile.OwnerOnly);
        return Hold(file, folder, LibcFile.LOCK_SH, "create") is { } held ? WithPlace(held) : null;
    }

    /// <summary>Holds the lock of a folder that may vanish at any time. The caller owns the handle and disposes it.</summary>
    /// <returns>Null where it is held in another way, or gone.</returns>
    public static SafeFileHandle? TryHold(string folder, int kind) => Hold(
        LibcFile.OpenAt(LibcFile.AT_FDCWD, Path.Combine(folder, FileName), LibcFile.O_RDWR | LibcFile.O_CLOEXEC | LibcFile.O_NOFOLLOW), folder, kind, "open");

    /// <summary>Turns a lock that is held shared into one held exclusively; the old one is lost in any case.</summary>
    public static bool TryTurnExclusive(SafeFileHandle held, string folder) =>
        LibcFile.Lock(held, LibcFile.LOCK_EX | LibcFile.LOCK_NB) == 0 && IsTheFoldersOwn(held, folder);

    public static bool IsMissing(string folder) => !File.Exists(Path.Combine(folder, FileName));

    /// <summary>The place that the campaign was made in.</summary>
    public static string PlaceOf(SafeFileHandle held)
    {
        Span<byte> text = stackalloc byte[Place.Longest];
        return Encoding.ASCII.GetString(text[..RandomAccess.Read(held, text, 0)]);
    }

    private static SafeFileHandle WithPlace(SafeFileHandle held)
    {
        try
        {
            RandomAccess.Write(held, Encoding.ASCII.GetBytes(Place.Here), 0);
            return held;
        }
        catch (IOException e)
        {
            held.Dispose();
            throw CampaignManifest.Unwritable(e);
        }
    }

    private static SafeFileHandle? Hold(SafeFileHandle file, string folder, int kind, string verb)
    {
        if (file.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            file.Dispose();
            if (errno is LibcErrno.ENOENT or LibcErrno.ENOTDIR || errno == LibcErrno.ELOOP) return null;
            throw UnixFailure.Of("openat", $"{verb} the lock of campaign {folder}", errno);
        }

        if (LibcFile.Lock(file, kind | LibcFile.LOCK_NB) != 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            file.Dispose();
            return errno == LibcErrno.EAGAIN ? null : throw ShMemException.Os(ShMemError.Unsupported, $"{verb} the lock of campaign {folder}: flock", errno,
                $"Set {RuntimeFolder.Variable} to a folder of a file system that has locks, or use a backend without names.");
        }

        // Between opening and locking a sweep may have removed it: a lock on what no path leads to any more says nothing.
        if (IsTheFoldersOwn(file, folder)) return file;
        file.Dispose();
        return null;
    }

    private static bool IsTheFoldersOwn(SafeFileHandle file, string folder) =>
        LibcFile.Status(new Descriptor((int)file.DangerousGetHandle()), out var held) == 0
        && LibcFile.StatusOf(Path.Combine(folder, FileName), out var named) == 0 && held.Identity == named.Identity;
}
