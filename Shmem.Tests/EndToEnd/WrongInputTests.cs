using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>What a user gets wrong is said in one line, with exit code 2, and leaves nothing behind.</summary>
public sealed class WrongInputTests
{
    private static readonly string Demonstration = Path.Combine(Path.GetDirectoryName(FuzzerProcess.Program)!, "demonstration", "Shmem.Samples.Chunks.dll");

    public static TheoryData<string, string[]> Wrong => new()
    {
        { "none.dll", ["fuzz", "--assembly", "none.dll", "--method", "A.B.C"] },
        { "README.md", ["fuzz", "--assembly", Path.Combine(Repository.Root, "README.md"), "--method", "A.B.C"] },
        { "ChunkHarnes", ["fuzz", "--assembly", Demonstration, "--method", "Shmem.Samples.Chunks.ChunkHarnes.Run"] },
        { "Runn", ["fuzz", "--assembly", Demonstration, "--method", "Shmem.Samples.Chunks.ChunkHarness.Runn"] },
        { "-i", ["fuzz", "-i", "no-such-folder"] },
        { "-t", ["fuzz", "-t", "0"] },
        { "--guard", ["fuzz", "--guard", "over", "--assembly", TestTargetsAssembly, "--method", "Shmem.Tests.Targets.Harness.Array"] },
        { "--workers", ["fuzz", "--workers", "0"] },
        { "--instrument", ["fuzz", "--instrument", "NoSuchAssembly*"] },
        { "words.dict", ["fuzz", "-x", "words.dict"] },
        { "frobnicate", ["frobnicate"] },
        { "no-such-file", ["replay", "no-such-file"] },
        // A regression check would take the demonstration library's "nothing happens" for success.
        { "lies in no campaign", ["replay", Path.Combine(Repository.Root, "README.md")] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task Wrong_input_is_one_line_and_leaves_nothing(string named, string[] arguments)
    {
        using var folder = new CampaignFolder();

        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, arguments);

        Assert.True(await fuzzer.EndAsync() == 2, fuzzer.Output + fuzzer.Error);
        var line = Assert.Single(fuzzer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(folder.Root, "shmem-out")), "an output folder was left");
        Assert.Empty(folder.Processes());
    }

    [Theory]
    [InlineData("SHMEM_BACKEND", "bogus")]
    [InlineData("SHMEM_BACKEND", "heap")]
    [InlineData("SHMEM_HOCON", "no-such-file")]
    public async Task What_the_environment_names_wrongly_is_one_line_and_leaves_nothing(string name, string value)
    {
        using var folder = new CampaignFolder();

        using var fuzzer = FuzzerProcess.StartUnder(["env", $"{name}={value}"], "", folder.Root, "fuzz", "-o", folder.Out, "-V", "1");

        Assert.True(await fuzzer.EndAsync() == 2, fuzzer.Output + fuzzer.Error);
        Assert.Contains(value, Assert.Single(fuzzer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.Empty(fuzzer.Output);
        Assert.False(Directory.Exists(folder.Out), "the output folder was left");
    }

    [Theory]
    [InlineData("bogus")]
    [InlineData("heap")]
    public async Task A_backend_that_is_none_is_one_line_also_to_replay(string backend)
    {
        using var folder = new CampaignFolder();

        using var fuzzer = FuzzerProcess.StartOn(backend, folder.Root, "replay", folder.Write("input", "abc"u8), "--assembly", TestTargetsAssembly,
            "--method", "Shmem.Tests.Targets.Recursing.Run");

        Assert.True(await fuzzer.EndAsync() == 2, fuzzer.Output + fuzzer.Error);
        var line = Assert.Single(fuzzer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(backend, line, StringComparison.Ordinal);
        Assert.DoesNotContain("cannot start", line, StringComparison.Ordinal);
    }

    // .NET would go on without a lock and without a word, and so would a second fuzzer.
    [Fact]
    public async Task A_folder_that_cannot_be_locked_is_refused()
    {
        using var folder = new CampaignFolder();

        using var fuzzer = FuzzerProcess.StartUnder(["env", "DOTNET_SYSTEM_IO_DISABLEFILELOCKING=1"], "", folder.Root, "fuzz", "-o", folder.Out, "-V", "1");

        Assert.True(await fuzzer.EndAsync() == 2, fuzzer.Output + fuzzer.Error);
        Assert.Contains("no locks", Assert.Single(fuzzer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Out), "the output folder was left");
    }

    [Fact]
    public async Task A_seed_that_the_target_does_not_survive_is_named()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        File.WriteAllBytes(Path.Combine(seeds, "fatal"), [1, 2, 3]);

        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, "fuzz", "-i", seeds, "-o", folder.Out,
            "--assembly", TestTargetsAssembly, "--method", "Shmem.Tests.Targets.Deadly.Run");

        Assert.True(await fuzzer.EndAsync() == 2, fuzzer.Output + fuzzer.Error);
        Assert.Contains("fatal", Assert.Single(fuzzer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Out), "the output folder was left");
    }

    [Theory]
    [InlineData("Exits", "exited with code 2: Process exit.")]
    [InlineData("FailsFast", "killed by SIGABRT: Process terminated.")]
    public async Task A_target_that_ends_the_process_before_it_is_run_is_named_and_no_seed(string type, string words)
    {
        using var folder = new CampaignFolder();
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        foreach (var name in (string[])["one", "two"]) File.WriteAllText(Path.Combine(seeds, name), name);

        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, "fuzz", "-i", seeds, "-o", folder.Out,
            "--assembly", TestTargetsAssembly, "--method", $"Shmem.Tests.Targets.Unborn+{type}.Run", "--instrument", "Shmem.Tests.Targets");

        Assert.True(await fuzzer.EndAsync() == 2, fuzzer.Output + fuzzer.Error);
        var line = Assert.Single(fuzzer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"it cannot start ({words})", line, StringComparison.Ordinal);
        Assert.DoesNotContain("seed", line, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.Out), "the output folder was left");
    }

    [Theory]
    [InlineData("/no/such/file", "cannot be read")]
    [InlineData("/dev/zero", "longer than")]
    public async Task An_input_that_cannot_be_replayed_is_named(string target, string words)
    {
        using var folder = new CampaignFolder();
        var link = Path.Combine(folder.Root, "link");
        File.CreateSymbolicLink(link, target);

        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, "replay", link);

        Assert.True(await fuzzer.EndAsync() == 2, fuzzer.Output + fuzzer.Error);
        Assert.Contains($"{link}: {words}", Assert.Single(fuzzer.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static string TestTargetsAssembly => Targets.TestTargets.Odd;
}
