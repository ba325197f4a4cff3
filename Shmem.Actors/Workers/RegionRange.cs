using System.Globalization;

namespace Shmem.Actors.Workers;

/// <summary>
/// How much address space the garbage collector of a process with a limit reserves. By itself it takes five times the limit, and .NET 10 dies by SIGSEGV, where it should
/// throw OutOfMemoryException, of an array that would fit that range and does not fit what is left of it: a finding that is none of the target's. (Documented as
/// <c>GCRegionRange</c>: learn.microsoft.com/dotnet/core/runtime-config/garbage-collector.)
/// </summary>
internal static class RegionRange
{
    /// <summary>Bytes: what it reserves without a limit, more than any array has. Reserved is not used: it takes no memory.</summary>
    private const long Bytes = 256L << 30;

    /// <summary>For the runtime, which reads it as hexadecimal. Null where the address space is limited (RLIMIT_AS): then the runtime would not start.</summary>
    public static string? Setting { get; } = IsAddressSpaceLimited() ? null : Bytes.ToString("X", CultureInfo.InvariantCulture);

    /// <summary>As proc_pid_limits(5) has it.</summary>
    private static bool IsAddressSpaceLimited() => OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max address space", StringComparison.Ordinal)) is { } limit
        && !limit["Max address space".Length..].TrimStart().StartsWith("unlimited", StringComparison.Ordinal);
}
