using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.PosixShm;

/// <summary>Named objects of POSIX (shm_open(3)). Any process of the user opens one by its name; the owner unlinks it.</summary>
/// <remarks>
/// A name outlives <c>kill -9</c> of its owner, so the backend is not crash-clean: <see cref="ShMemCampaign"/> says what becomes of it. The bytes are allocated at creation: a full
/// <c>/dev/shm</c> is an error there and not a SIGBUS later.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class PosixShMemProvider : ShMemProvider
{
    /// <summary>The first characters of every name that is not the user's; 20 random ones follow.</summary>
    internal const string NamePrefix = "/shmem-";

    private const int Attempts = 8;

    /// <inheritdoc/>
    public override string Scheme => "posix";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities => new(ShMemScope.User, CrashClean: false, ReadOnly: true,
        LargestSize: Directory.Exists(PosixNames.Folder) ? new DriveInfo(PosixNames.Folder).TotalSize : 0, HugePages: false, Names: true, Persists: true);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        var purpose = $"create posix segment of {size} bytes";
        using var file = CreateFile(purpose, out var name, out var entry);
        try
        {
            var start = Allocate(file, size, purpose);
            return new ShMem(new PosixMapping(start, size, ListedName.Posix(name), entry), Describe(name, size), isOwner: true);
        }
        catch (ShMemException)
        {
            LibcPosixShm.Unlink(name);
            entry.Clear();
            throw;
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem CreateNamedCore(string name, long size)
    {
        var purpose = $"create posix segment '{name}' of {size} bytes";
        name = "/" + name;
        // Made under a random name and linked then: nobody opens it half made, and the manifest can say beforehand which file the name shall lead to,
        // so that no sweep takes another's of the same name for it.
        using var file = CreateFile(purpose, out var unborn, out var unbornEntry);
        try
        {
            if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("statx", purpose);
            var start = Allocate(file, size, purpose);
            ManifestEntry? entry = null;
            try
            {
                var listed = ListedName.Posix(name, status.Identity);
                entry = ShMemCampaign.List(listed);
                if (LibcFile.Link(PosixNames.Folder + unborn, PosixNames.Folder + name) != 0)
                {
                    var errno = Marshal.GetLastPInvokeError();
                    throw errno == LibcErrno.EEXIST ? Taken($"{purpose}: link", errno) : UnixFailure.Of("link", purpose, errno);
                }

                return new ShMem(new PosixMapping(start, size, listed, entry.Value), Describe(name, size), isOwner: true);
            }
            catch (ShMemException)
            {
                entry?.Clear();
                LibcMemory.Unmap(start, (nuint)size);
                throw;
            }
        }
        finally
        {
            LibcPosixShm.Unlink(unborn);
            unbornEntry.Clear();
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenNamedCore(string name, long size, ShMemAccess access) => OpenCore(Describe("/" + name, size), access);

    /// <inheritdoc/>
    protected internal override bool RemoveCore(in ShMemId id)
    {
        var name = id.Rest;
        if (!id.HasScheme("posix"u8) || !PosixNames.IsName(name)) return false;
        var folder = RuntimeFolder.Find();
        if (LibcPosixShm.Unlink(name) == 0)
        {
            PersistedSegments.Tidy(folder);
            return true;
        }

        var errno = Marshal.GetLastPInvokeError();
        // EISDIR and EPERM are what the system says of a folder, which is no segment.
        if (errno is LibcErrno.ENOENT or LibcErrno.EISDIR || Directory.Exists(PosixNames.Folder + name)) return false;
        throw UnixFailure.Of("shm_unlink", $"remove {id}", errno);
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        var name = description.Id.Rest;
        if (!description.Id.HasScheme("posix"u8) || !PosixNames.IsName(name)) throw NotOurs(description.Id);
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

        if (status.User != LibcFile.ThisUser)
        {
            throw new ShMemException(ShMemError.Denied, $"open {description.Id}", $"it belongs to user {status.User} and not to this one, {LibcFile.ThisUser}",
                "Use another name: anybody may take one first.");
        }

        if ((long)status.Size < description.Size) throw TooSmall(description, (long)status.Size);
        return new ShMem(MmapMapping.Open(file, description, access), description, isOwner: false);
    }

    /// <summary>A new object under a random name. The caller disposes the descriptor, removes the name and clears the entry.</summary>
    private static Descriptor CreateFile(string purpose, out string name, out ManifestEntry entry)
    {
        for (var attempt = 1; ; attempt++)
        {
            name = NamePrefix + RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz234567", 20);
            entry = ShMemCampaign.List(ListedName.Posix(name));
            var file = LibcPosixShm.Open(name, LibcFile.O_RDWR | LibcFile.O_CREAT | LibcFile.O_EXCL | LibcFile.O_CLOEXEC);
            if (!file.IsInvalid) return file;
            var errno = Marshal.GetLastPInvokeError();
            entry.Clear();
            if (errno != LibcErrno.EEXIST || attempt == Attempts) throw NameRefused(purpose, errno);
        }
    }

    /// <summary>No name could be made in /dev/shm.</summary>
    private static ShMemException NameRefused(string purpose, int errno)
    {
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

    /// <summary>Gives an object its bytes and maps them, which is the caller's to unmap.</summary>
    private static nint Allocate(Descriptor file, long size, string purpose)
    {
        int errno;
        // A signal, such as the runtime's own, ends it early and nothing is allocated then (fallocate(2)).
        do errno = LibcFile.Allocate(file.Number, 0, size);
        while (errno == LibcErrno.EINTR);
        if (errno == LibcErrno.ENOSPC)
        {
            throw ShMemException.Os(ShMemError.LimitReached, $"{purpose}: posix_fallocate", errno,
                $"/dev/shm is full (it has {new DriveInfo(PosixNames.Folder).TotalSize} bytes in all): ask for less, remove what is in it, or "
                + "'mount -o remount,size=… /dev/shm'.");
        }

        if (errno != 0) throw UnixFailure.Of("posix_fallocate", purpose, errno);
        var start = LibcMemory.Map(file, size, ShMemAccess.ReadWrite);
        return start != LibcMemory.MAP_FAILED ? start : throw UnixFailure.Of("mmap", purpose);
    }

    private static ShMemDescription Describe(string name, long size) => new(ShMemId.Parse($"posix:{name}"), size);
}
