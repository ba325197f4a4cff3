using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Memfd;

/// <summary>Anonymous files of Linux (memfd_create(2)): the default there. Crash-clean, and no server is needed to open one.</summary>
/// <remarks>
/// A segment is sealed against shrinking and growing at birth, so that nobody can truncate it under a reader. Its id is
/// <c>memfd:&lt;pid&gt;.&lt;fd&gt;.&lt;inode&gt;</c>; another process of the same user opens it through <c>/proc/&lt;pid&gt;/fd</c> for as long as
/// the creator holds it. The kernel (5.9 and later) never uses a memfd's inode number twice in a boot, so a reused pid or fd is noticed.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class MemfdShMemProvider : ShMemProvider
{
    internal const int Seals = LibcFile.F_SEAL_SHRINK | LibcFile.F_SEAL_GROW | LibcFile.F_SEAL_SEAL;

    /// <inheritdoc/>
    public override string Scheme => "memfd";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.User, CrashClean: true, ReadOnly: true);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        var file = LibcMemfd.Create("shmem\0"u8);
        if (file.IsInvalid) throw Failed("memfd_create", size);
        // No try and catch: the JIT calls libc directly outside of one only.
        if (LibcFile.Truncate(file.Number, size) != 0) throw Abandoned(file, "ftruncate", size);
        if (LibcFile.Control(file.Number, LibcFile.F_ADD_SEALS, Seals) != 0) throw Abandoned(file, "fcntl(F_ADD_SEALS)", size);
        if (LibcFile.Status(file, out var status) != 0) throw Abandoned(file, "statx", size);
        var start = LibcMemory.Map(file, size, ShMemAccess.ReadWrite);
        if (start == LibcMemory.MAP_FAILED) throw Abandoned(file, "mmap", size);
        // The mapping owns the descriptor from here: it is what keeps the id openable.
        return new ShMem(MmapMapping.Own(start, size, file.Number),
            new ShMemDescription(new MemfdId(Environment.ProcessId, file.Number, status.Inode).ToId(), size), isOwner: true);
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        if (!MemfdId.TryParse(description.Id, out var id)) throw NotOurs(description.Id);
        using var file = ProcessDescriptors.Open(id, access);
        if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("statx", $"open {description.Id}");
        if (status.Inode != id.Inode || !MemfdDevice.Is(status) || !IsSealed(file))
        {
            throw new ShMemException(ShMemError.NotFound, $"open {description.Id}",
                $"descriptor {id.Descriptor} of process {id.Process} is something else by now", "Ask the owner for a new description.");
        }

        if ((long)status.Size < description.Size) throw TooSmall(description, (long)status.Size);
        // The descriptor is closed on return: a mapping does not need it.
        return new ShMem(MmapMapping.Open(file, description, access), description, isOwner: false);
    }

    /// <summary>The kernel adds seals of its own where it is told to (F_SEAL_EXEC by vm.memfd_noexec): those that we set must be among them.</summary>
    private static bool IsSealed(Descriptor file)
    {
        var seals = LibcFile.Control(file.Number, LibcFile.F_GET_SEALS, 0);
        return seals >= 0 && (seals & Seals) == Seals;
    }

    private static ShMemException Abandoned(Descriptor file, string call, long size)
    {
        var failure = Failed(call, size);
        file.Dispose();
        return failure;
    }

    private static ShMemException Failed(string call, long size) => UnixFailure.Of(call, $"create memfd segment of {size} bytes");
}
