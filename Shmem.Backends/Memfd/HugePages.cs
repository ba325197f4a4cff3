using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Memfd;

/// <summary>Huge pages of the system's default size, and what to say where they are not to be had (linux/Documentation/admin-guide/mm/hugetlbpage.rst).</summary>
[SupportedOSPlatform("linux")]
internal static class HugePages
{
    /// <summary>Bytes of one; 0 where the kernel has none.</summary>
    public static long Size { get; } = Meminfo("Hugepagesize:") << 10;

    /// <summary>The size as a multiple of huge pages: what the kernel maps of them.</summary>
    public static long RoundUp(long size) => (size + Size - 1) / Size * Size;

    /// <exception cref="ShMemException">There are no huge pages in this kernel, or the size is no multiple of one.</exception>
    public static void Check(long size)
    {
        if (Size == 0)
        {
            throw new ShMemException(ShMemError.Unsupported, Operation(size), "this kernel has no huge pages (CONFIG_HUGETLBFS)",
                "Create it without the option.");
        }

        if (size % Size == 0) return;
        var more = size > long.MaxValue - Size ? "less" : $"{RoundUp(size)}";
        throw new ShMemException(ShMemError.Invalid, Operation(size), $"that is no multiple of a huge page ({Size} bytes)", $"Ask for {more}.");
    }

    /// <summary>The last call failed.</summary>
    public static ShMemException Refused(string call, long size)
    {
        var errno = Marshal.GetLastPInvokeError();
        if (errno != LibcErrno.ENOMEM) return UnixFailure.Of(call, Operation(size), errno);
        return ShMemException.Os(ShMemError.LimitReached, $"{Operation(size)}: {call}", errno, string.Create(CultureInfo.InvariantCulture,
            $"It takes {size / Size} of {Size} bytes; of {Meminfo("HugePages_Total:")} configured {Meminfo("HugePages_Free:")} are free and {Meminfo("HugePages_Rsvd:")} of those reserved: raise vm.nr_hugepages ({UnixFailure.Setting("vm/nr_hugepages")}) or vm.nr_overcommit_hugepages ({UnixFailure.Setting("vm/nr_overcommit_hugepages")}) with sysctl, or create it without the option."));
    }

    private static string Operation(long size) => $"create memfd segment of {size} bytes on huge pages";

    /// <summary>A number of /proc/meminfo; 0 where it has none of that name.</summary>
    private static long Meminfo(string name)
    {
        try
        {
            foreach (var line in File.ReadLines("/proc/meminfo"))
                if (line.StartsWith(name, StringComparison.Ordinal))
                    return long.Parse(line.AsSpan(name.Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As where there are none.
        }

        return 0;
    }
}
