using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Actors.Workers;
using Shmem.Backends.Janitor;
using Shmem.Backends.Lifetime;
using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary><c>-i -</c> after the death of a broker whose workers did not all die with it.</summary>
[SupportedOSPlatform("linux")]
public sealed class ResumeTests
{
    [Theory]
    [InlineData("memfd")]
    [InlineData("posix")]
    public async Task A_stopped_worker_of_a_killed_broker_is_gone_before_the_campaign_goes_on(string backend)
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var before = new Leftovers(folder);
        IReadOnlyList<int> stopped;
        using (var killed = Start(folder, backend, "-s", "7", "-m", "256", "-V", "3600"))
        {
            await killed.UntilAsync(s => Number(s, "execs") > 1000 && Number(s, "corpus") > 3);
            stopped = killed.Children();
            foreach (var child in stopped) await Tool.Run("sh", "-c", $"kill -STOP {child} || true");
            await killed.Signal("KILL");
            await killed.EndAsync();
        }

        try
        {
            // Those that were ending already end; whoever is stopped stays. The broker may also have had a reader of stacks, which is no worker.
            var recorded = Records(folder).Select(record => int.Parse(record.Split('.')[^2], CultureInfo.InvariantCulture)).ToHashSet();
            var workers = stopped.Where(child => recorded.Contains(child) && ProcessTree.IsAlive(child)).ToList();
            Assert.NotEmpty(workers);
            var (queue, findings) = (folder.Saved("queue"), new FindingsFile(Path.Combine(folder.Out, "findings.jsonl")).ReadAll());
            var kept = Listed(folder).Select(name => name.Find()).ToList();
            Assert.Equal(backend == "posix", kept.Count > 0);

            using var fuzzer = Start(folder, backend, "-i", "-");
            await fuzzer.UntilAsync(s => Number(s, "execs") > 1000 && Number(s, "corpus") >= queue.Count);

            Assert.DoesNotContain(workers, ProcessTree.IsAlive);
            Assert.Empty(kept.Intersect(Listed(folder).Select(name => name.Find())));
            await fuzzer.Signal("INT");
            Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
            var told = Assert.Single(Log(folder), line => line.Contains("Killed ", StringComparison.Ordinal));
            Assert.Contains(workers, worker => told.Contains($"(pid {worker})", StringComparison.Ordinal));
            Assert.Superset(queue.ToHashSet(), folder.Saved("queue").ToHashSet());
            Assert.Superset(findings.Select(f => f.Key).ToHashSet(),
                new FindingsFile(Path.Combine(folder.Out, "findings.jsonl")).ReadAll().Select(f => f.Key).ToHashSet());
            Assert.Empty(before.Since());
            Assert.Empty(Records(folder));
        }
        finally
        {
            // Where the test fails, nobody else ends them.
            foreach (var worker in stopped.Where(ProcessTree.IsAlive)) await Tool.Run("sh", "-c", $"kill -9 {worker} || true");
        }
    }

    [Fact]
    public async Task A_record_of_a_stranger_and_a_torn_one_kill_nobody_and_the_campaign_goes_on()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using (var first = Start(folder, "", "-s", "7", "-E", "500"))
            Assert.True(await first.EndAsync() == 0, first.Output + first.Error);
        Assert.Empty(Records(folder));

        using var stranger = Process.Start("sleep", "600");
        try
        {
            var register = new WorkerRegister(Path.Combine(folder.Out, ".workers"));
            var own = HolderId.Of(1, stranger.Id);
            register.Enter(own with { KernelStartTime = own.KernelStartTime + 1 });
            // Its start time was cut off.
            var torn = register.PathOf(own)[..^$".{own.KernelStartTime}".Length];
            File.WriteAllBytes(torn, [0xff, 0, 1]);

            using var fuzzer = Start(folder, "", "-i", "-", "-E", "500");
            Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

            Assert.True(ProcessTree.IsAlive(stranger.Id));
            Assert.Contains(Log(folder), line => line.Contains($"Passed over {torn}", StringComparison.Ordinal));
            Assert.DoesNotContain(Log(folder), line => line.Contains("Killed ", StringComparison.Ordinal));
            Assert.Equal([torn], Records(folder));
        }
        finally
        {
            stranger.Kill();
        }
    }

    private static FuzzerProcess Start(CampaignFolder folder, string backend, params string[] options) =>
        FuzzerProcess.StartOn(backend, folder.Root, ["fuzz", "-o", folder.Out, "--workers", "2", "--plain", .. options]);

    private static string[] Records(CampaignFolder folder) => Directory.GetFiles(Path.Combine(folder.Out, ".workers"));

    private static List<string> Log(CampaignFolder folder) =>
        [.. Directory.GetFiles(Path.Combine(folder.Out, "log")).SelectMany(File.ReadLines)];

    private static IEnumerable<ListedName> Listed(CampaignFolder folder) => Directory.GetFiles(folder.Root, "names-*", SearchOption.AllDirectories)
        .SelectMany(CampaignManifest.ReadList).Where(name => name.Find() is not null);

    private static long Number(IReadOnlyDictionary<string, string> status, string key) => long.Parse(status[key], CultureInfo.InvariantCulture);
}
