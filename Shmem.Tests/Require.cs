using Xunit;

namespace Shmem.Tests;

/// <summary>
/// What a test needs of the machine, or of whoever waits for it. Where it is missing the test is skipped by name, or fails where <c>SHMEM_REQUIRE=all</c> promises that all
/// is there.
/// </summary>
internal static class Require
{
    private static readonly bool All = Environment.GetEnvironmentVariable("SHMEM_REQUIRE") == "all";

    public static void That(bool present, string what)
    {
        if (present) return;
        if (All) Assert.Fail($"SHMEM_REQUIRE=all, but this machine lacks: {what}");
        Assert.Skip($"This machine lacks: {what}");
    }

    /// <summary>A program on the path.</summary>
    /// <returns>Its full path.</returns>
    public static string Tool(string name)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        That(path is not null, $"the program '{name}'");
        return path!;
    }

    /// <summary>Programs of other users can read the file: no folder above it is closed to them.</summary>
    public static void ReadableByOthers(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        for (var folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
            That(File.GetUnixFileMode(folder).HasFlag(UnixFileMode.OtherExecute), $"other users' right to enter {folder}");
        That(File.GetUnixFileMode(path).HasFlag(UnixFileMode.OtherRead), $"other users' right to read {path}");
    }

    /// <summary>
    /// Time: those tests that wait longest for limits or run several campaigns, which together take as long as most of the others. Where <c>SHMEM_REQUIRE=all</c> or
    /// <c>SHMEM_LONG=1</c> is set they run.
    /// </summary>
    public static void Patience() => Assert.SkipUnless(All || LongMode.IsOn, "It takes long: SHMEM_REQUIRE=all or SHMEM_LONG=1 runs it.");

    public static void Root() => That(Environment.IsPrivilegedProcess, "root's rights");
}
