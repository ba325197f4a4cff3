using System.Globalization;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// Whether Yama lets the stacks of a process be read that allows it to its parent's children, as those do which run targets
/// (Documentation/admin-guide/LSM/Yama.rst). Something else, such as a filter of system calls, may refuse it still.
/// </summary>
internal static class PtraceScope
{
    // linux/capability.h
    private const int CAP_SYS_PTRACE = 19;

    /// <summary>Why it does not; null where it does, or is not there.</summary>
    public static string? Refusal() => Refusal(Read("/proc/sys/kernel/yama/ptrace_scope"), Read("/proc/self/status"));

    internal static string? Refusal(string? scope, string? status) => scope?.Trim() switch
    {
        "2" when !MayTrace(status) => "kernel.yama.ptrace_scope is 2, by which only root may",
        "3" => "kernel.yama.ptrace_scope is 3, by which nobody may until the machine starts anew",
        _ => null,
    };

    private static bool MayTrace(string? status) =>
        status?.Split('\n').FirstOrDefault(line => line.StartsWith("CapEff:", StringComparison.Ordinal)) is { } line
        && ulong.TryParse(line["CapEff:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var effective)
        && (effective >> CAP_SYS_PTRACE & 1) != 0;

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
