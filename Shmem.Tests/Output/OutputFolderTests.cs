using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.Output;

public sealed class OutputFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private CampaignOptions Options => new() { Output = _folder["out"], Assembly = "/a/A.dll", Method = "N.T.M" };

    /// <summary>A campaign that has begun and ended.</summary>
    private static void Run(CampaignOptions options)
    {
        using var folder = OutputFolder.Open(options, TimeProvider.System);
        folder.Begin();
    }

    [Fact]
    public void A_new_campaign_has_the_layout_of_afl_fuzz()
    {
        using var folder = OutputFolder.Open(Options, TimeProvider.System);
        Assert.All(["queue", "crashes", "hangs", "unreproduced", "log"], (string room) => Assert.True(Directory.Exists(_folder[$"out/{room}"])));
        Assert.Equal(_folder["out"], folder.FullPath);
    }

    // It may have been a pipe, and a kill from here on leaves a campaign to go on with.
    [Fact]
    public void A_new_campaign_has_its_dictionary_before_it_begins()
    {
        using (var folder = OutputFolder.Open(Options with { Dictionary = "/dev/fd/63" }, TimeProvider.System, [1, 2]))
        {
            Assert.True(File.Exists(_folder["out/campaign.json"]));
            Assert.Equal([1, 2], File.ReadAllBytes(folder.DictionaryCopy));
        }

        Assert.False(Directory.Exists(_folder["out"]), "it was given up, and left its folder");
    }

    [Fact]
    public void Only_the_owner_enters_a_folder_that_was_made()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("no modes there");
            return;
        }
        using var folder = OutputFolder.Open(Options with { Output = _folder["made/out"] }, TimeProvider.System);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(folder.FullPath));
    }

    [Fact]
    public void A_campaign_is_found_from_a_file_in_its_folder()
    {
        var options = Options with { Expect = ["FormatException"], Workers = 3, RandomSeed = ulong.MaxValue };
        using var folder = OutputFolder.Open(options, TimeProvider.System);
        var saved = folder.Crashes.Save([1], id => EntryName.Native.Crash(id, 6, default(Provenance) with { Operation = "havoc" }));
        var found = CampaignFile.FindFor(saved.Path);
        Assert.NotNull(found);
        Assert.Equivalent(options, found);
        Assert.Null(CampaignFile.FindFor(_folder["elsewhere/file"]));
    }

    [Fact]
    public void A_damaged_campaign_file_is_refused_by_name()
    {
        Run(Options);
        File.WriteAllText(_folder["out/campaign.json"], "{");
        var error = Assert.Throws<InputException>(() => CampaignFile.FindFor(_folder["out/crashes/x"]));
        Assert.Equal(_folder["out/campaign.json"], error.What);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"expect":null}""")]
    public void A_campaign_with_a_damaged_file_goes_on_once_its_target_is_named(string damaged)
    {
        Run(Options);
        File.WriteAllText(_folder["out/campaign.json"], damaged);

        Assert.Throws<InputException>(() => OutputFolder.Open(new CampaignOptions { Output = _folder["out"], Resume = true }, TimeProvider.System));
        Run(Options with { Resume = true });
        Assert.Equal("N.T.M", CampaignFile.Read(_folder["out"]).Method);
    }

    [Fact]
    public void A_campaign_that_goes_on_keeps_its_limits_unless_others_are_given()
    {
        Run(Options with { TimeoutMilliseconds = 300, MemoryMegabytes = 256 });
        var again = new CampaignOptions { Output = _folder["out"], Resume = true };

        using (var folder = OutputFolder.Open(again, TimeProvider.System))
            Assert.Equal((300, 256), (folder.Options.TimeoutMilliseconds, folder.Options.MemoryMegabytes));
        using (var folder = OutputFolder.Open(again with { TimeoutMilliseconds = 50, NamesTimeout = true }, TimeProvider.System))
            Assert.Equal((50, 256), (folder.Options.TimeoutMilliseconds, folder.Options.MemoryMegabytes));
    }

    [Fact]
    public void A_saved_finding_without_its_line_is_unnamed()
    {
        using var folder = OutputFolder.Open(Options, TimeProvider.System);
        var from = default(Provenance) with { Operation = "havoc" };
        new FindingDesk(folder, new KnownFindings(), Assert.Fail).Take(
            new Finding { Kind = FindingKind.Exception, Key = "exception Lib.Type.Method", Source = new FindingSource(0, 0, 1) }, [1], from);
        Assert.Empty(folder.UnnamedFindings());
        var crash = folder.Crashes.Save([2], id => EntryName.Native.Crash(id, 6, from));
        var hang = folder.Hangs.Save([3], id => EntryName.Native.Plain(id, from));
        Assert.Equal([crash.Path, hang.Path], folder.UnnamedFindings());
    }

    [Fact]
    public void What_a_killed_fuzzer_left_half_written_is_removed()
    {
        Run(Options);
        _folder.Write("out/.tmp-1-1", [1]);
        Run(Options with { Resume = true });
        Assert.False(File.Exists(_folder["out/.tmp-1-1"]));
    }

    [Theory]
    [InlineData(false, ".tmp-1-1")]
    [InlineData(false, ".tmp-notes")]
    [InlineData(true, ".tmp-notes")]
    [InlineData(true, ".tmp-1-1-1")]
    [InlineData(true, ".tmp-1-")]
    public void What_others_keep_in_the_folder_stays(bool resume, string name)
    {
        if (resume) Run(Options);
        else Directory.CreateDirectory(_folder["out"]);
        _folder.Write($"out/{name}", [1]);
        Run(Options with { Resume = resume });
        Assert.True(File.Exists(_folder[$"out/{name}"]));
    }

    [Fact]
    public void A_folder_that_was_removed_meanwhile_is_let_go()
    {
        var folder = OutputFolder.Open(Options, TimeProvider.System);
        Directory.Delete(folder.FullPath, recursive: true);
        folder.Dispose();
    }

    [Fact]
    public void A_filled_folder_is_refused_and_the_remedy_named()
    {
        Run(Options);
        var error = Assert.Throws<InputException>(() => OutputFolder.Open(Options, TimeProvider.System));
        Assert.Contains("-i -", error.Remedy);
    }

    [Fact]
    public void A_folder_with_a_crash_in_it_is_filled_even_without_a_campaign_file()
    {
        Directory.CreateDirectory(_folder["out/crashes"]);
        _folder.Write("out/crashes/id:000000", [1]);
        Assert.Throws<InputException>(() => OutputFolder.Open(Options, TimeProvider.System));
    }

    [Fact]
    public void Going_on_keeps_the_target_and_the_numbers()
    {
        using (var first = OutputFolder.Open(Options with { Expect = ["A"] }, TimeProvider.System))
        {
            first.Queue.Save([1], id => EntryName.Native.Seed(id, "seed"));
            first.Begin();
        }

        using var second = OutputFolder.Open(new CampaignOptions { Output = _folder["out"], Resume = true, Workers = 7 }, TimeProvider.System);
        Assert.Equal(("/a/A.dll", "N.T.M", 7), (second.Options.Assembly, second.Options.Method, second.Options.Workers));
        Assert.Equal(["A"], second.Options.Expect);
        Assert.Equal(1, second.Queue.Save([1], id => EntryName.Native.Seed(id, "seed")).Id);
    }

    [Fact]
    public void Going_on_with_another_target_is_refused()
    {
        Run(Options);
        var error = Assert.Throws<InputException>(() => OutputFolder.Open(Options with { Resume = true, Method = "N.T.Other" }, TimeProvider.System));
        Assert.Contains("N.T.M", error.Why);
        // The refusal let go of the folder.
        Run(Options with { Resume = true });
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Going_on_in_an_empty_folder_is_refused_and_leaves_nothing(bool exists)
    {
        if (exists)
            Directory.CreateDirectory(_folder["out"]);
        Assert.Throws<InputException>(() => OutputFolder.Open(Options with { Resume = true }, TimeProvider.System));
        Assert.Equal(exists, Directory.Exists(_folder["out"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath).SelectMany(Directory.EnumerateFileSystemEntries));
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_refused()
    {
        _folder.Write("out", [1]);
        Assert.Throws<InputException>(() => OutputFolder.Open(Options, TimeProvider.System));
    }

    [Fact]
    public void A_folder_below_a_file_is_refused_as_wrong_input()
    {
        _folder.Write("file", [1]);
        Assert.Throws<InputException>(() => OutputFolder.Open(Options with { Output = _folder["file/out"] }, TimeProvider.System));
    }

    [Fact]
    public void A_campaign_that_has_not_begun_leaves_nothing_of_a_folder_that_was_made()
    {
        using (var folder = OutputFolder.Open(Options with { Output = _folder["a/b/out"] }, TimeProvider.System))
            folder.Queue.Save([1], id => EntryName.Native.Seed(id, "seed"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void A_campaign_that_has_not_begun_keeps_a_folder_that_was_there_and_the_files_of_others()
    {
        Directory.CreateDirectory(_folder["out"]);
        _folder.Write("out/notes.txt", [1]);
        OutputFolder.Open(Options, TimeProvider.System).Dispose();
        Assert.Equal([_folder["out/notes.txt"]], Directory.EnumerateFileSystemEntries(_folder["out"]));
    }

    // What is removed goes while the lock is held, and nothing after it: a fuzzer that waits for the folder has what it makes there.
    [Fact]
    public async Task Who_takes_a_folder_that_another_gives_up_keeps_what_it_makes_there()
    {
        Directory.CreateDirectory(_folder["out"]);
        for (var round = 0; round < 50; round++)
        {
            var first = OutputFolder.Open(Options, TimeProvider.System);
            var next = Task.Factory.StartNew(OpenNext, TaskCreationOptions.LongRunning);
            first.Dispose();
            using var folder = await next;
            Assert.Equal("N.T.M", CampaignFile.Read(folder.FullPath).Method);
            Assert.Throws<InputException>(() => OutputLock.Take(folder.FullPath));
        }

        OutputFolder OpenNext()
        {
            while (true)
            {
                try
                {
                    return OutputFolder.Open(Options, TimeProvider.System);
                }
                catch (InputException refused) when (refused.Why.Contains("in use", StringComparison.Ordinal))
                {
                    // The first still has it.
                }
            }
        }
    }

    // As on a full disk, at one write or the other: so near to the longest path that there is, some names do not fit.
    [Fact]
    public void A_start_that_fails_half_way_leaves_nothing()
    {
        Require.That(OperatingSystem.IsLinux(), "Linux, whose paths have 4,095 bytes");
        var failed = 0;
        for (var length = 4060; length <= 4095; length++)
        {
            var path = _folder["a"];
            while (path.Length < length) path += '/' + new string('x', Math.Min(200, Math.Max(1, length - path.Length - 1)));
            try
            {
                OutputFolder.Open(Options with { Output = path }, TimeProvider.System).Dispose();
            }
            catch (InputException refused)
            {
                failed++;
                Assert.StartsWith("cannot be written", refused.Why, StringComparison.Ordinal);
            }

            Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
        }

        Assert.InRange(failed, 5, 35);
    }

    [Fact]
    public void A_campaign_is_found_by_who_goes_on_where_it_was_killed_before_it_began()
    {
        using var killed = OutputFolder.Open(Options, TimeProvider.System);
        Assert.Equal("N.T.M", CampaignFile.Read(_folder["out"]).Method);
    }

    [Fact]
    public void A_campaign_that_was_not_gone_on_with_after_all_is_as_it_was()
    {
        Run(Options);
        var was = File.ReadAllBytes(_folder["out/campaign.json"]);
        OutputFolder.Open(Options with { Resume = true, Guard = ShMemGuard.After, Dictionary = "/a/bad.dict" }, TimeProvider.System).Dispose();
        Assert.Equal(was, File.ReadAllBytes(_folder["out/campaign.json"]));
        Run(Options with { Resume = true, Guard = ShMemGuard.After });
        Assert.Equal(ShMemGuard.After, CampaignFile.Read(_folder["out"]).Guard);
    }
}
