using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.PosixShm;

/// <summary>Named objects of POSIX (shm_open(3)). Any process of the user opens one by its name; the owner unlinks it.</summary>
/// <remarks>
/// A name outlives <c>kill -9</c> of its owner, so the backend is not crash-clean: <see cref="ShMemCampaign"/> says what becomes of it. The bytes are
/// allocated at creation: a full <c>/dev/shm</c> is an error there and not a SIGBUS later. On macOS the system counts an object in whole pages, so a
/// description that claims too much is found out only beyond the last page; it has no manifest, and so neither names of the user's nor segments that persist.
/// </remarks>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("macos")]
public sealed class PosixShMemProvider : ShMemProvider
{
    private readonly bool _asOnLinux;

    /// <summary>A provider; it has no state.</summary>
    public PosixShMemProvider() : this(OperatingSystem.IsLinux())
    {
    }

    /// <param name="asOnLinux">False: as on macOS, which has no manifest, cannot allocate an object's bytes, and lets its size be set once.</param>
    internal PosixShMemProvider(bool asOnLinux) => _asOnLinux = asOnLinux;

    /// <inheritdoc/>
    public override string Scheme => "posix";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities => new(ShMemScope.User, CrashClean: false, ReadOnly: true, LargestSize: Largest(), HugePages: false,
        Names: _asOnLinux, Persists: _asOnLinux);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        var purpose = $"create posix segment of {size} bytes";
        using var file = PosixObject.Create(purpose, _asOnLinux, out var name, out var entry);
        try
        {
            var start = Map(file, size, purpose);
            SafeMapping mapping = _asOnLinux && OperatingSystem.IsLinux()
                ? new PosixMapping(start, size, ListedName.Posix(name), entry!.Value) : new UnlistedPosixMapping(start, size, name);
            return new ShMem(mapping, Describe(name, size), isOwner: true);
        }
        catch (ShMemException)
        {
            LibcPosixShm.Unlink(name);
            PosixObject.Clear(entry);
            throw;
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem CreateNamedCore(string name, long size)
    {
        if (!_asOnLinux || !OperatingSystem.IsLinux()) return base.CreateNamedCore(name, size);
        var purpose = $"create posix segment '{name}' of {size} bytes";
        name = "/" + name;
        // Made under a random name and linked then: nobody opens it half made, and the manifest can say beforehand which file the name shall lead to,
        // so that no sweep takes another's of the same name for it.
        using var file = PosixObject.Create(purpose, _asOnLinux, out var unborn, out var unbornEntry);
        try
        {
            if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("statx", purpose);
            var start = Map(file, size, purpose);
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
                PosixObject.Clear(entry);
                LibcMemory.Unmap(start, (nuint)size);
                throw;
            }
        }
        finally
        {
            LibcPosixShm.Unlink(unborn);
            PosixObject.Clear(unbornEntry);
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenNamedCore(string name, long size, ShMemAccess access) =>
        _asOnLinux && OperatingSystem.IsLinux() ? OpenCore(Describe("/" + name, size), access) : base.OpenNamedCore(name, size, access);

    /// <inheritdoc/>
    protected internal override bool RemoveCore(in ShMemId id)
    {
        if (!_asOnLinux || !OperatingSystem.IsLinux()) return base.RemoveCore(id);
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
            throw UnixFailure.Of("shm_open", $"open {description.Id}", errno is LibcErrno.EINVAL or LibcErrno.EISDIR || errno == LibcErrno.ELOOP
                ? LibcErrno.ENOENT : errno);
        }

        if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("statx", $"open {description.Id}");
        if (!status.IsPosixObject)
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

    private nint Map(Descriptor file, long size, string purpose)
    {
        PosixObject.SetSize(file, size, _asOnLinux, purpose);
        var start = LibcMemory.Map(file, size, ShMemAccess.ReadWrite);
        return start != LibcMemory.MAP_FAILED ? start : throw UnixFailure.Of("mmap", purpose);
    }

    /// <summary>The size of /dev/shm; macOS has no such limit.</summary>
    private long Largest()
    {
        if (!_asOnLinux) return ShMemCapabilities.AddressSpace;
        return Directory.Exists(PosixNames.Folder) ? new DriveInfo(PosixNames.Folder).TotalSize : 0;
    }

    private static ShMemDescription Describe(string name, long size) => new(ShMemId.Parse($"posix:{name}"), size);
}
