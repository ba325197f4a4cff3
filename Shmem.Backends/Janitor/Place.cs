using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Backends.PosixShm;

namespace Shmem.Backends.Janitor;

/// <summary>
/// Where and when a name means something: this boot, this /dev/shm and this namespace of System V. Containers may share a run-time folder and none of
/// these; what is listed in another place is left to those who are there, and what was before the last boot is gone.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class Place
{
    private static readonly string Boot = ReadBoot();

    /// <summary>This process's, as text of one line and less than <see cref="Longest"/> characters.</summary>
    public static string Here { get; } = OperatingSystem.IsLinux() ? Describe() : "";

    public const int Longest = 128;

    public static bool IsHere(string place) => place == Here;

    /// <summary>True for a place of an earlier boot, and for what is no place's text: a file that a killed process had just made.</summary>
    public static bool IsPast(string place) => !place.StartsWith(Boot, StringComparison.Ordinal);

    private static string ReadBoot()
    {
        const string file = "/proc/sys/kernel/random/boot_id";
        return File.Exists(file) ? File.ReadAllText(file).Trim() : "";
    }

    private static string Describe()
    {
        // Where either cannot be told, as in a sandbox without /proc or /dev/shm, it is left out.
        var folder = LibcFile.StatusOf(PosixNames.Folder, out var status) == 0 ? status.Identity : default;
        string? systemV;
        try
        {
            systemV = new FileInfo("/proc/self/ns/ipc").LinkTarget;
        }
        catch (IOException)
        {
            systemV = null;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Boot} {folder.Device}.{folder.Inode} {systemV}");
    }
}
