using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;

namespace Shmem.Backends.Memfd;

/// <summary>Anonymous files of Linux (memfd_create(2)): the default there. Crash-clean, and no server is needed to open one.</summary>
/// <remarks>
/// A segment is sealed against shrinking and growing at birth, so that nobody can truncate it under a reader. Its id is
/// <c>memfd:&lt;pid&gt;.&lt;fd&gt;.&lt;inode&gt;</c>; another process of the same user copies the descriptor (pidfd_getfd(2)) or opens it
/// through <c>/proc/&lt;pid&gt;/fd</c> for as long as the creator holds it. The kernel (5.9 and later) never uses a memfd's inode number twice in a boot, so a reused pid or fd is noticed. (That of one on
/// huge pages comes from a counter of 32 bits, which pipes and sockets use too.)
/// Where neither is allowed, or the creator is in another pid namespace, a service that the description names is asked instead: see <see cref="ShMemService.Offer"/>.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class MemfdShMemProvider : ShMemProvider
{
    internal const int Seals = LibcFile.F_SEAL_SHRINK | LibcFile.F_SEAL_GROW | LibcFile.F_SEAL_SEAL;

    /// <inheritdoc/>
    public override string Scheme => "memfd";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.User, CrashClean: true, ReadOnly: true,
        LargestSize: ShMemCapabilities.AddressSpace, HugePages: true, Names: false, Persists: false) { PublishOnce = true };

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        // No try and catch: the JIT calls libc directly outside of one only.
        var file = NewMemfd.CreateSealed(Scheme, size);
        if (LibcFile.Status(file, out var status) != 0) throw NewMemfd.Abandoned(file, "statx", Scheme, size);
        var start = LibcMemory.Map(file, size, ShMemAccess.ReadWrite);
        if (start == LibcMemory.MAP_FAILED) throw NewMemfd.Abandoned(file, "mmap", Scheme, size);
        return Own(file, status, start, size);
    }

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size, in ShMemCreateOptions options)
    {
        if (options is { Kind: ShMemKind.Shared, HugePages: false }) return CreateCore(size);
        if (options.HugePages) HugePages.Check(size);
        var file = NewMemfd.Create(Scheme, size, options.HugePages ? LibcMemfd.MFD_HUGETLB : 0);
        if (LibcFile.Status(file, out var status) != 0) throw NewMemfd.Abandoned(file, "statx", Scheme, size);
        var start = LibcMemory.Map(file, size, ShMemAccess.ReadWrite);
        if (start == LibcMemory.MAP_FAILED)
        {
            // Where huge pages lack, it is the mapping that reserves them.
            var failure = options.HugePages ? HugePages.Refused("mmap", size) : Failed("mmap", size);
            file.Dispose();
            throw failure;
        }

        // After the mapping: from F_SEAL_FUTURE_WRITE on there is no other for writing. Nobody knows the segment's id yet.
        var seals = options.Kind == ShMemKind.PublishOnce ? Seals | LibcFile.F_SEAL_FUTURE_WRITE : Seals;
        if (LibcFile.Control(file.Number, LibcFile.F_ADD_SEALS, seals) != 0)
        {
            var failure = SealRefused(size);
            LibcMemory.Unmap(start, (nuint)size);
            file.Dispose();
            throw failure;
        }

        return Own(file, status, start, size);
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        if (!MemfdId.TryParse(description.Id, out var id)) throw NotOurs(description.Id);
        if (description.Service is null) return OpenAtOwner(id, description, access);
        try
        {
            return OpenAtOwner(id, description, access);
        }
        catch (ShMemException refused) when (refused.Error is ShMemError.Denied or ShMemError.NotFound)
        {
            return ServedShMemProvider.OpenOffered(description, access, refused);
        }
    }

    /// <summary>Checks that a descriptor, however it was come by, is that of a segment, so that nobody can cut it off under its reader.</summary>
    /// <returns>Bytes to map: more than the description says where it is on huge pages.</returns>
    /// <exception cref="ShMemException">It is another file, or too small, or may not be written.</exception>
    internal static long Check(Descriptor file, in MemfdId id, in ShMemDescription description, ShMemAccess access)
    {
        // Asked before the size: of what is sealed that is the same when it is mapped. Between the two its owner could still shorten it.
        var isSealed = IsSealed(file, out var seals);
        if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("statx", $"open {description.Id}");
        var isHuge = false;
        if (status.Inode != id.Inode || !(MemfdDevice.Is(status) || (isHuge = MemfdDevice.IsHuge(status))) || !isSealed)
        {
            throw new ShMemException(ShMemError.NotFound, $"open {description.Id}",
                $"descriptor {id.Descriptor} of process {id.Process} is something else by now", "Ask the owner for a new description.");
        }

        if ((long)status.Size < description.Size) throw TooSmall(description, (long)status.Size);
        if (access == ShMemAccess.ReadWrite && (seals & LibcFile.F_SEAL_FUTURE_WRITE) != 0)
        {
            throw new ShMemException(ShMemError.Denied, $"open {description.Id} for writing",
                "it is published once, and its creator's mapping is its only writer", $"Open it with {nameof(ShMemAccess)}.{nameof(ShMemAccess.Read)}.");
        }

        return isHuge ? HugePages.RoundUp(description.Size) : description.Size;
    }

    private static ShMem OpenAtOwner(in MemfdId id, in ShMemDescription description, ShMemAccess access)
    {
        // The descriptor is closed on return: a mapping does not need it.
        using var file = ProcessDescriptors.Open(id, access);
        return new ShMem(MmapMapping.Open(file, description, access, Check(file, id, description, access)), description, isOwner: false);
    }

    /// <summary>The mapping owns the descriptor from here: it is what keeps the id openable.</summary>
    private static ShMem Own(Descriptor file, in FileStatus status, nint start, long size) => new(MmapMapping.Own(start, size, file.Number),
        new ShMemDescription(new MemfdId(Environment.ProcessId, file.Number, status.Inode).ToId(), size), isOwner: true);

    /// <summary>The kernel adds seals of its own where it is told to (F_SEAL_EXEC by vm.memfd_noexec): those that we set must be among them.</summary>
    private static bool IsSealed(Descriptor file, out int seals)
    {
        seals = LibcFile.Control(file.Number, LibcFile.F_GET_SEALS, 0);
        return seals >= 0 && (seals & Seals) == Seals;
    }

    /// <summary>EINVAL is what a kernel says of a seal that it does not know.</summary>
    private static ShMemException SealRefused(long size) => Marshal.GetLastPInvokeError() == LibcErrno.EINVAL
        ? ShMemException.Os(ShMemError.Unsupported, $"create memfd segment of {size} bytes, published once: fcntl(F_ADD_SEALS)", LibcErrno.EINVAL,
            "It takes F_SEAL_FUTURE_WRITE, which is in Linux 5.1 and later: have it shared.")
        : Failed("fcntl(F_ADD_SEALS)", size);

    private static ShMemException Failed(string call, long size) => UnixFailure.Of(call, $"create memfd segment of {size} bytes");
}
