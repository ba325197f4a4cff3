using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.PosixShm;

/// <summary>Named objects of POSIX (shm_open(3)). Any process of the user opens one by its name; the owner unlinks it.</summary>
/// <remarks>
/// A name outlives <c>kill -9</c> of its owner, so the backend is not crash-clean. The bytes are allocated at creation: a full
/// <c>/dev/shm</c> is an error there and not a SIGBUS later. On macOS the system counts an object in whole pages, so a description that claims too much
/// is found out only beyond the last page.
/// </remarks>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
public sealed class PosixShMemProvider : ShMemProvider
{
    /// <inheritdoc/>
    public override string Scheme => "posix";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.User, CrashClean: false, ReadOnly: true);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        using var file = PosixObject.Create($"create posix segment of {size} bytes", out var name);
        return CreateIn(file, name, size);
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        var name = description.Id.Rest;
        if (!description.Id.HasScheme("posix"u8) || !IsName(name)) throw NotOurs(description.Id);
        // A foreign name may be that of a FIFO: do not wait for its writer. (On macOS names are no files, and the flag says nothing.)
        using var file = LibcPosixShm.Open(name,
            (access == ShMemAccess.Read ? LibcFile.O_RDONLY : LibcFile.O_RDWR) | LibcFile.O_CLOEXEC | LibcFile.O_NONBLOCK);
        if (file.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            // EINVAL is what glibc makes of a directory, ELOOP what both libcs say of a link.
            throw UnixFailure.Of("shm_open", $"open {description.Id}", errno is LibcErrno.EINVAL or LibcErrno.EISDIR || errno == LibcErrno.ELOOP
                ? LibcErrno.ENOENT : errno);
        }

        if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("statx", $"open {description.Id}");
        if (!status.IsPosixObject)
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
            PosixObject.SetSize(file, size, PosixObject.CanAllocate, $"create posix segment of {size} bytes");
            var start = LibcMemory.Map(file, size, ShMemAccess.ReadWrite);
            if (start == LibcMemory.MAP_FAILED) throw UnixFailure.Of("mmap", $"create posix segment of {size} bytes");
            return new ShMem(new PosixMapping(start, size, name), new ShMemDescription(ShMemId.Parse($"posix:{name}"), size), isOwner: true);
        }
        catch (ShMemException)
        {
            LibcPosixShm.Unlink(name);
            throw;
        }
    }

    private static bool IsName(string name) =>
        name[0] == '/' && name.Length is >= 2 and <= PosixObject.LongestName && name.IndexOf('/', 1) < 0 && name is not "/." and not "/..";
}
