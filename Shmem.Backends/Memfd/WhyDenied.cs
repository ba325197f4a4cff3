using System.Globalization;
using System.Runtime.Versioning;

namespace Shmem.Backends.Memfd;

/// <summary>
/// Why the kernel does not let this process open a descriptor of another one (ptrace(2), "Ptrace access mode checking", PTRACE_MODE_READ_FSCREDS):
/// found out after the refusal from what /proc shows of both, in the order in which the kernel checks.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class WhyDenied
{
    /// <summary>The cause and its remedy, as one sentence.</summary>
    public static string Of(int pid)
    {
        try
        {
            return Compare(pid, Status(pid.ToString(CultureInfo.InvariantCulture)), Status("self"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "The owner is another user, has a capability that this process lacks, is not dumpable, or lives in another user namespace: "
                + "run both alike.";
        }
    }

    private static string Compare(int pid, Dictionary<string, string> owner, Dictionary<string, string> self)
    {
        // Real, effective, saved and file-system id; all of the owner's must be the last of ours.
        var (user, group) = (self["Uid"].Split('\t')[3], self["Gid"].Split('\t')[3]);
        if (owner["Uid"].Split('\t').FirstOrDefault(u => u != user) is { } otherUser)
            return $"Its owner, process {pid}, runs as user {otherUser} and this process as user {user}: run both as the same user.";
        if (owner["Gid"].Split('\t').FirstOrDefault(g => g != group) is { } otherGroup)
            return $"Its owner, process {pid}, runs as group {otherGroup} and this process as group {group}: run both as the same group.";
        if (File.ReadAllText($"/proc/{pid}/uid_map") != File.ReadAllText("/proc/self/uid_map"))
            return $"Its owner, process {pid}, lives in another user namespace: run both in the same one.";
        var missing = Mask(owner["CapPrm"]) & ~Mask(self["CapEff"]);
        if (missing != 0)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"Its owner, process {pid}, has capabilities that this process lacks ({missing:x16}; 'capsh --decode={missing:x16}' names them): run both with the same.");
        }

        return $"Its owner, process {pid}, is not dumpable (prctl(2), PR_SET_DUMPABLE; also a program that may not be read), or a security module "
            + "refuses: make it dumpable, or let it create no segments.";
    }

    private static ulong Mask(string hexadecimal) => ulong.Parse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static Dictionary<string, string> Status(string process) => File.ReadLines($"/proc/{process}/status")
        .Select(line => line.Split(":\t", 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
}
