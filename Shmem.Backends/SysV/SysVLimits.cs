using System.Globalization;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Backends.SysV;

/// <summary>
/// What limits System V segments: shmget(2) says only EINVAL, ENOSPC or ENOMEM, shmat(2) EMFILE; which limit it was stands in their manual pages. Linux has
/// the limits below <c>/proc/sys/kernel</c>, macOS below <c>kern.sysv</c> of sysctl(3), by default 4 MiB in all and 8 segments a process.
/// </summary>
internal static class SysVLimits
{
    private static string Prefix => OperatingSystem.IsMacOS() ? "kern.sysv." : "kernel.";

    /// <summary>The longest segment, in bytes: shmmax, whose default on Linux is more than can be addressed. 0 where it cannot be read.</summary>
    public static long Largest() => TryRead("shmmax", out var bytes) ? (long)Math.Min(bytes, ShMemCapabilities.AddressSpace) : 0;

    /// <summary>For the errno that shmget has left.</summary>
    public static ShMemException AtCreate(long size)
    {
        var errno = Marshal.GetLastPInvokeError();
        var purpose = $"create sysv segment of {size} bytes: shmget";
        return errno switch
        {
            LibcErrno.EINVAL => ShMemException.Os(ShMemError.LimitReached, purpose, errno,
                $"A segment may have {Prefix}shmmax bytes ({Now("shmmax")}): raise it with sysctl, or ask for less."),
            LibcErrno.ENOSPC => ShMemException.Os(ShMemError.LimitReached, purpose, errno, NumberOrPages(size)),
            LibcErrno.ENOMEM when OperatingSystem.IsMacOS() => ShMemException.Os(ShMemError.LimitReached, purpose, errno,
                $"Segments may have {Prefix}shmall pages in all ({Now("shmall")}): raise it with sysctl, or remove segments ('ipcs -m')."),
            _ => UnixFailure.Of("shmget", $"create sysv segment of {size} bytes", errno),
        };
    }

    /// <summary>For an errno of shmat.</summary>
    public static ShMemException AtAttach(string purpose, int errno) => errno == LibcErrno.EMFILE
        ? ShMemException.Os(ShMemError.LimitReached, $"{purpose}: shmat", errno,
            $"A process may be attached to {Prefix}shmseg segments ({Now("shmseg")}): raise it with sysctl, or dispose segments.")
        : UnixFailure.Of("shmat", purpose, errno);

    /// <summary>ENOSPC is the number of segments or, on Linux, their pages: what there is now tells which.</summary>
    private static string NumberOrPages(long size)
    {
        var number = $"There may be {Prefix}shmmni segments ({Now("shmmni")})";
        var pages = $"{Prefix}shmall pages in all ({Now("shmall")})";
        const string remedy = "with sysctl, or remove segments ('ipcs -m').";
        if (OperatingSystem.IsMacOS()) return $"{number}: raise it {remedy}";
        if (LibcSysV.Usage(out var used) < 0 || !TryRead("shmmni", out var mostSegments) || !TryRead("shmall", out var mostPages))
            return $"{number} of {pages}: raise them {remedy}";
        if ((ulong)used.Segments >= mostSegments) return $"{number}, and there are {used.Segments}: raise it {remedy}";
        var needed = (size + Environment.SystemPageSize - 1) / Environment.SystemPageSize;
        return used.Pages + (ulong)needed > mostPages
            ? $"Segments may have {pages}; they have {used.Pages} and this one would have {needed}: raise it {remedy}"
            : $"{number} of {pages}: raise them {remedy}";
    }

    private static string Now(string limit)
    {
        if (!OperatingSystem.IsMacOS()) return UnixFailure.Setting("kernel/" + limit);
        return TryRead(limit, out var value) ? string.Create(CultureInfo.InvariantCulture, $"now {value}") : "its value cannot be read";
    }

    private static bool TryRead(string limit, out ulong value)
    {
        value = 0;
        if (OperatingSystem.IsMacOS()) return LibcLimits.TrySysctl(Prefix + limit, out value);
        try
        {
            return ulong.TryParse(File.ReadAllText("/proc/sys/kernel/" + limit), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out value);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
