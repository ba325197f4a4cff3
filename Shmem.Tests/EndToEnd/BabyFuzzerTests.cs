using System.Runtime.Versioning;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>The sample of a fuzzer of one's own, run as its README line says, but for the build.</summary>
[SupportedOSPlatform("linux")]
public sealed class BabyFuzzerTests
{
    private static readonly string Program = Path.Combine(Repository.Root, "samples", "Shmem.Samples.BabyFuzzer", "bin",
        Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!,
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "Shmem.Samples.BabyFuzzer.dll");

    [Fact]
    public async Task It_finds_its_crash_with_workers_that_are_replaced_and_leaves_no_process()
    {
        var lines = (await Tool.Run("dotnet", "exec", Program)).Split('\n');

        var crashes = lines.Where(line => line.StartsWith("crash: ", StringComparison.Ordinal)).ToList();
        Assert.InRange(crashes.Count, 3, 5);
        Assert.All(crashes, crash => Assert.StartsWith("crash: \"abc", crash));
        Assert.All(crashes, crash => Assert.EndsWith("killed by SIGABRT", crash));
        Assert.Contains(lines, line => line.StartsWith("WorkerRespawned { Slot = ", StringComparison.Ordinal));
        // At most one entry for each edge that is survived, whoever found it.
        Assert.InRange(lines.Count(line => line.StartsWith("corpus: ", StringComparison.Ordinal)), 1, 3);
        Assert.Contains(lines, line => line.StartsWith("corpus: \"ab", StringComparison.Ordinal));
        Assert.Contains("3 of 4 edges were reached and survived", lines);
        await Waiting.Until(() => !Directory.EnumerateDirectories("/proc").Any(IsOurs), ProcessTree.Patience, "its processes are gone");
    }

    private static bool IsOurs(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Contains(Program, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
