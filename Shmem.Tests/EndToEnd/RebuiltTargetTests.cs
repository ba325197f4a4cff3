using Shmem.Tests.Targets;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>A campaign runs copies of its target: what becomes of the originals meanwhile (a rebuild, <c>dotnet clean</c>) is nothing to it.</summary>
public sealed class RebuiltTargetTests
{
    [Fact]
    public async Task A_campaign_whose_targets_files_are_gone_goes_on_and_finds_what_there_is()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var bin = Directory.CreateDirectory(Path.Combine(folder.Root, "bin")).FullName;
        foreach (var file in Directory.EnumerateFiles(TestTargets.Folder, "*.dll")) File.Copy(file, Path.Combine(bin, Path.GetFileName(file)));
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "--plain", "--assembly", Path.Combine(bin, Path.GetFileName(TestTargets.Odd)), "--method", "Shmem.Tests.Targets.Armed.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(status => status["execs"].Length > 3);

        Directory.Delete(bin, recursive: true);
        folder.Write("armed", []);

        // What dies is judged in a process that starts now.
        await fuzzer.UntilAsync(_ => folder.Findings().Count > 1);
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Equal(["exception Shmem.Tests.Targets.Armed.Break", "fail-fast Shmem.Tests.Targets.Armed.GiveUp"], folder.Findings().Select(finding => finding.Key).Order());
    }
}
