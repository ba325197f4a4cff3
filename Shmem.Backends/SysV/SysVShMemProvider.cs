using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.SysV;

/// <summary>System V shared memory, crash-clean: marked for removal as soon as its creator is attached (shmctl(2), IPC_RMID).</summary>
/// <remarks>
/// On Linux a marked segment can still be attached while somebody is, and is gone with the last one, however that ends: unlike the ids of other
/// backends, one stays good after the owner's dispose for as long as anybody is attached. The number in its id is
/// what AFL++ targets read from <c>__AFL_SHM_ID</c>: <see cref="ShMem.NativeId"/>.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class SysVShMemProvider : ShMemProvider
{
    /// <inheritdoc/>
    public override string Scheme => "sysv";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.User, CrashClean: true, ReadOnly: true);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        var number = LibcSysV.Get(LibcSysV.IPC_PRIVATE, (nuint)size, LibcSysV.IPC_CREAT | LibcSysV.IPC_EXCL | 0x180 /* 0600 */);
        if (number < 0) throw LimitMet(size);
        var mapping = SysVMapping.Attach(number, ShMemAccess.ReadWrite);
        var errno = Marshal.GetLastPInvokeError();
        var marked = LibcSysV.Control(number, LibcSysV.IPC_RMID, 0);
        if (mapping.IsInvalid) throw UnixFailure.Of("shmat", $"create sysv segment of {size} bytes", errno);
        if (marked != 0)
        {
            var failure = UnixFailure.Of("shmctl(IPC_RMID)", $"create sysv segment of {size} bytes");
            mapping.Dispose();
            throw failure;
        }

        var id = ShMemId.Parse(string.Create(CultureInfo.InvariantCulture, $"sysv:{number}"));
        return new ShMem(mapping, new ShMemDescription(id, size), isOwner: true);
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        if (!description.Id.HasScheme("sysv"u8)
            || !int.TryParse(description.Id.RestBytes, NumberStyles.None, CultureInfo.InvariantCulture, out var number)) throw NotOurs(description.Id);
        // Attached first, measured then: while we are attached the number cannot come to name another segment.
        var mapping = SysVMapping.Attach(number, access);
        if (mapping.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            // EINVAL is what shmat says of a number that no longer names anything.
            throw UnixFailure.Of("shmat", $"open {description.Id}", errno == LibcErrno.EINVAL ? LibcErrno.ENOENT : errno);
        }

        try
        {
            if (LibcSysV.Control(number, LibcSysV.IPC_STAT, out var status) != 0)
                throw UnixFailure.Of("shmctl(IPC_STAT)", $"open {description.Id}");
            if ((long)status.Size < description.Size) throw TooSmall(description, (long)status.Size);
            return new ShMem(mapping, description, isOwner: false);
        }
        catch
        {
            mapping.Dispose();
            throw;
        }
    }

    /// <summary>ENOSPC is the number of segments or their pages: what there is now tells which.</summary>
    private static string NumberOrPages(long size)
    {
        var number = $"There may be kernel.shmmni segments ({UnixFailure.Setting("kernel/shmmni")})";
        var pages = $"kernel.shmall pages in all ({UnixFailure.Setting("kernel/shmall")})";
        const string remedy = "with sysctl, or remove segments ('ipcs -m').";
        if (LibcSysV.Usage(out var used) < 0 || !TryRead("kernel/shmmni", out var mostSegments) || !TryRead("kernel/shmall", out var mostPages))
            return $"{number} of {pages}: raise them {remedy}";
        if ((ulong)used.Segments >= mostSegments) return $"{number}, and there are {used.Segments}: raise it {remedy}";
        var needed = (size + Environment.SystemPageSize - 1) / Environment.SystemPageSize;
        return used.Pages + (ulong)needed > mostPages
            ? $"Segments may have {pages}; they have {used.Pages} and this one would have {needed}: raise it {remedy}"
            : $"{number} of {pages}: raise them {remedy}";
    }

    private static bool TryRead(string setting, out ulong value)
    {
        try
        {
            return ulong.TryParse(File.ReadAllText("/proc/sys/" + setting), CultureInfo.InvariantCulture, out value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            value = 0;
            return false;
        }
    }

    /// <summary>shmget says only EINVAL, ENOSPC or ENOMEM; which limit it was stands in shmget(2).</summary>
    private static ShMemException LimitMet(long size)
    {
        var errno = Marshal.GetLastPInvokeError();
        var purpose = $"create sysv segment of {size} bytes: shmget";
        return errno switch
        {
            LibcErrno.EINVAL => ShMemException.Os(ShMemError.LimitReached, purpose, errno,
                $"A segment may have kernel.shmmax bytes ({UnixFailure.Setting("kernel/shmmax")}): raise it with sysctl, or ask for less."),
            LibcErrno.ENOSPC => ShMemException.Os(ShMemError.LimitReached, purpose, errno, NumberOrPages(size)),
            _ => UnixFailure.Of("shmget", $"create sysv segment of {size} bytes", errno),
        };
    }
}
