using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Janitor;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Campaigns on a backend whose names outlive <c>kill -9</c>, and what <c>doctor</c> and the next start make of them.</summary>
[SupportedOSPlatform("linux")]
public sealed class LeftoverTests
{
    [Fact]
    public async Task What_a_killed_campaign_left_is_told_by_doctor_and_removed_when_asked_or_at_the_next_start()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        await StartAndKill(folder, "first");
        var left = Listed(folder);
        Assert.NotEmpty(left);

        var told = await Doctor(folder);
        Assert.All(left, name => Assert.Contains($"{name.Find()} left by a process that is gone", told, StringComparison.Ordinal));
        Assert.Contains("'doctor --clean' removes", told, StringComparison.Ordinal);
        Assert.All(left, name => Assert.NotNull(name.Find()));

        // Another that lives is not touched, and one that starts sweeps what is dead.
        using var living = await Start(folder, "second");
        Assert.All(left, name => Assert.Null(name.Find()));
        var held = Listed(folder).ConvertAll(name => $"{name.Find()}");
        Assert.NotEmpty(held);
        // It would start processes, of which each sweeps what is dead when it first needs a segment.
        await living.Stop();
        await StartAndKill(folder, "third");
        var cleaned = await Doctor(folder, "--clean");
        Assert.Contains(" removed", cleaned, StringComparison.Ordinal);
        Assert.All(held, id => Assert.DoesNotContain($"segment {id} ", cleaned, StringComparison.Ordinal));
        // What its workers released meanwhile is gone; the board and the first log stay to the end.
        Assert.NotEmpty(Listed(folder).Select(name => $"{name.Find()}").Intersect(held));
        Assert.Contains("nothing is left over", await Doctor(folder), StringComparison.Ordinal);

        await living.Signal("CONT");
        await living.Signal("INT");
        Assert.True(await living.EndAsync() == 0, living.Output + living.Error);
        Assert.Empty(Listed(folder));
        Assert.Empty(Directory.GetDirectories(Path.Combine(folder.Root, "run", "campaigns")));
    }

    // A stopped worker does not notice that its broker is gone, and keeps its campaign from being dead when the next one starts. Only who goes on in the same folder
    // knows of it.
    [Fact]
    public async Task What_a_stopped_worker_of_a_killed_broker_kept_is_removed_when_a_campaign_in_another_folder_ends()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var before = new Leftovers(folder);
        IReadOnlyList<int> children;
        using (var killed = await Start(folder, "out"))
        {
            children = killed.Children();
            foreach (var child in children) await Tool.Run("sh", "-c", $"kill -STOP {child} || true");
            await Waiting.Until(() => children.Any(child => ProcessTree.StateOf(child) == 'T'), FuzzerProcess.Limit, "a child is stopped");
            await killed.Signal("KILL");
            await killed.EndAsync();
        }

        var kept = Listed(folder).ConvertAll(name => name.Find());
        Assert.NotEmpty(kept);
        using var fuzzer = FuzzerProcess.StartOn("posix", folder.Root, "fuzz", "-o", Path.Combine(folder.Root, "other"), "--workers", "1", "--plain");
        await fuzzer.UntilAsync(status => status["execs"] != "0");
        Assert.Empty(kept.Except(Listed(folder).Select(name => name.Find())));

        foreach (var child in children) await Tool.Run("sh", "-c", $"kill -CONT {child} || true");
        Assert.Empty(ProcessTree.AliveAfterKill(children));
        await fuzzer.Signal("INT");

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Empty(before.Since());
        Assert.Empty(Directory.GetDirectories(Path.Combine(folder.Root, "run", "campaigns")));
    }

    [Fact]
    public async Task Doctor_tells_what_is_persisted_from_what_is_left_and_keeps_it()
    {
        using var folder = new CampaignFolder();
        var run = Directory.CreateDirectory(Path.Combine(folder.Root, "run"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var name = "t-" + Guid.NewGuid().ToString("N")[..20];
        await using var peer = await PeerSession.Start([], start => start.Environment["SHMEM_RUNTIME_DIR"] = run.FullName);
        Assert.StartsWith("ok", await peer.Ask($"create-named posix {name} 4096"));
        Assert.Equal("ok", await peer.Ask($"persist 0"));
        await peer.Kill();
        var told = await Doctor(folder, "--clean");
        Assert.Contains($"segment posix:/{name} persisted: 4096 bytes", told, StringComparison.Ordinal);
        Assert.DoesNotContain($"{name} removed", told, StringComparison.Ordinal);
        told = await Doctor(folder);
        Assert.Contains($"segment posix:/{name} persisted: 4096 bytes", told, StringComparison.Ordinal);
        Assert.Contains("nothing is left over", told, StringComparison.Ordinal);
        Assert.True(new StdShMemProvider("posix").Remove(ShMemId.Parse($"posix:/{name}")));
    }

    [Fact]
    public async Task Doctor_tells_and_removes_dead_services_sockets_and_dead_campaigns_folders_and_leaves_living_ones()
    {
        using var folder = new CampaignFolder();
        var run = Directory.CreateDirectory(Path.Combine(folder.Root, "run"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute).FullName;
        await using var living = await Serve("living");
        var campaigns = Campaigns();
        // All are started before one dies: who starts sweeps what is dead.
        await using var dead = await Serve("dead");
        var campaign = Assert.Single(Campaigns().Except(campaigns));
        await using var unlisted = await Serve("unlisted");
        var forgotten = Assert.Single(Campaigns().Except([.. campaigns, campaign]));
        await dead.Kill();
        await unlisted.Kill();
        // Its socket is in no manifest then, as after a restart of the machine.
        Directory.Delete(forgotten, recursive: true);

        string[] left = [Socket("dead"), Socket("unlisted"), campaign];
        var told = await Doctor(folder);
        Assert.All(left, path => Assert.Contains($"file    {path} left by a process that is gone", told, StringComparison.Ordinal));
        Assert.DoesNotContain(Socket("living"), told, StringComparison.Ordinal);
        Assert.All(left, path => Assert.True(Path.Exists(path)));

        told = await Doctor(folder, "--clean");
        Assert.All(left, path => Assert.Contains($"file    {path} removed", told, StringComparison.Ordinal));
        Assert.All(left, path => Assert.False(Path.Exists(path)));
        Assert.False(Directory.Exists(Path.Combine(run, "dead")));
        Assert.Contains("nothing is left over", await Doctor(folder), StringComparison.Ordinal);
        Assert.StartsWith("ok", await living.Ask($"create-served living 100"), StringComparison.Ordinal);

        string[] Campaigns() => Directory.GetDirectories(Path.Combine(run, "campaigns"));

        string Socket(string service) => Path.Combine(run, service, "s");

        async Task<PeerSession> Serve(string name)
        {
            var peer = await PeerSession.Start([], start => start.Environment["SHMEM_RUNTIME_DIR"] = run);
            Assert.Equal("ok", await peer.Ask($"start-service {name} memfd"));
            return peer;
        }
    }

    [Fact]
    public async Task Doctor_tells_of_a_cache_that_cannot_be_used_goes_on_and_makes_none()
    {
        using var folder = new CampaignFolder();
        var cache = Path.Combine(folder.Root, "cache");
        Assert.Contains($"cache   {cache}, which is made when it is needed", await Doctor(folder), StringComparison.Ordinal);
        Assert.False(Path.Exists(cache), "a cache was made");

        Directory.CreateDirectory(cache);
        File.SetUnixFileMode(cache, (UnixFileMode)0b111_101_101);
        var told = await Doctor(folder, "--clean");
        Assert.Contains($"cache   cannot be used: {cache}: others may use it", told, StringComparison.Ordinal);
        Assert.Contains("nothing is left over", told, StringComparison.Ordinal);

        File.SetUnixFileMode(cache, (UnixFileMode)0b111_000_000);
        Assert.Contains($"cache   {cache}\n", await Doctor(folder), StringComparison.Ordinal);
    }

    /// <summary>What manifests list and exists.</summary>
    private static List<ListedName> Listed(CampaignFolder folder) => [.. Directory.GetFiles(folder.Root, "names-*", SearchOption.AllDirectories)
        .SelectMany(CampaignManifest.ReadList).Where(name => name.Find() is not null)];

    private static async Task StartAndKill(CampaignFolder folder, string output)
    {
        using var fuzzer = await Start(folder, output);
        // Stopped first: a process that it started between a look at its children and its death would take part for a moment longer.
        await fuzzer.Stop();
        var children = fuzzer.Children();
        await fuzzer.Signal("KILL");
        await fuzzer.EndAsync();
        // Its workers take part in the campaign: it is dead when the last of them is gone.
        Assert.Empty(ProcessTree.AliveAfterKill(children));
    }

    private static async Task<FuzzerProcess> Start(CampaignFolder folder, string output)
    {
        var fuzzer = FuzzerProcess.StartOn("posix", folder.Root, "fuzz", "-o", Path.Combine(folder.Root, output), "--workers", "1", "-s", "7", "-m", "256",
            "-V", "3600", "--plain");
        await fuzzer.UntilAsync(status => long.Parse(status["execs"], CultureInfo.InvariantCulture) > 500);
        return fuzzer;
    }

    private static async Task<string> Doctor(CampaignFolder folder, params string[] options)
    {
        using var doctor = await FuzzerProcess.RunAsync(folder.Root, ["doctor", .. options]);
        Assert.True(await doctor.EndAsync() == 0, doctor.Error);
        return doctor.Output;
    }
}
