using System.Runtime.Versioning;
using Shmem.Backends.Janitor;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.Janitor;

/// <summary>Real processes that start, create, sweep and are killed at the same time.</summary>
[Collection(nameof(ProcessWide))]
[SupportedOSPlatform("linux")]
public sealed class CampaignRaceTests : IDisposable
{
    private const int Rounds = 3;
    private const int Victims = 3;
    private const int Names = 30;

    private readonly DirectoryInfo _runtime = Directory.CreateTempSubdirectory("shmem-race-");
    private readonly string _name = "r-" + Guid.NewGuid().ToString("N")[..16];

    private string Campaigns => Path.Combine(_runtime.FullName, "campaigns");

    public void Dispose() => _runtime.Delete(recursive: true);

    [Fact]
    public async Task A_living_campaign_keeps_every_name_and_dead_ones_none()
    {
        await using var survivor = await Start();
        string[] kept =
        [
            await Created(survivor, $"create posix 4096"), await Created(survivor, $"create-named posix {_name} 4096"), await Created(survivor, $"create-named sysv {_name} 4096"),
        ];
        var dead = new List<int>();
        for (var round = 0; round < Rounds; round++)
        {
            // Each sweeps as it starts.
            var peers = await Task.WhenAll(Enumerable.Range(0, Victims + 1).Select(_ => Start()));
            try
            {
                var sweeping = Sweep(survivor);
                var dying = peers[1..].Select((peer, n) => CreateUntilKilled(peer, round, n));
                var ids = new List<string>();
                for (var i = 0; i < Names; i++) ids.Add(await Created(peers[0], $"create-named {(i % 2 == 0 ? "posix" : "sysv")} {_name}.{i}.{round} 4096"));
                await Task.WhenAll(dying.Append(sweeping));
                dead.AddRange(peers[1..].Select(p => p.Pid));
                foreach (var id in ids.Concat(kept)) Assert.StartsWith("ok", await survivor.Ask($"open {id} 4096"));
                // In good order, so that nothing of it is left for the sweeps.
                peers[0].CloseInput();
                await peers[0].End();
            }
            finally
            {
                foreach (var peer in peers) await peer.DisposeAsync();
            }
        }

        var listed = Directory.GetFiles(Campaigns, "names-*", SearchOption.AllDirectories).SelectMany(CampaignManifest.ReadList).ToList();
        await survivor.Ask($"sweep");
        Assert.Equal("ok ", await survivor.Ask($"leaked"));
        Assert.Equal(kept.Order(), listed.Where(name => name.Find() is not null).Select(name => name.Find()!.Value.ToString()).Order());
        Assert.Equal(["/dev/shm/" + _name], Directory.GetFiles("/dev/shm", _name + "*"));
        Assert.All(dead, pid => Assert.Equal(0, Footprint.SysVOf(pid)));
        Assert.Equal(Path.Combine(Campaigns, (await survivor.Ask($"campaign")).Split(' ')[1]), Assert.Single(Directory.GetDirectories(Campaigns)));
        survivor.CloseInput();
        await survivor.End();
        Assert.Empty(Directory.GetDirectories(Campaigns));
    }

    /// <summary>Told to create many names, and killed when it has answered some: at the next one, whatever step that is at.</summary>
    private async Task CreateUntilKilled(PeerSession peer, int round, int number)
    {
        for (var i = 0; i < Names; i++)
            await peer.Tell($"{(i % 3 == 0 ? "create" : "create-named")} {(i % 3 == 2 ? "sysv" : "posix")}{(i % 3 == 0 ? "" : $" {_name}.{i}.{round}{number}")} 4096");
        for (var answers = number * Names / Victims; answers > 0; answers--) Assert.StartsWith("ok", await peer.Answer());
        await peer.Kill();
    }

    private static async Task Sweep(PeerSession peer)
    {
        for (var i = 0; i < Names; i++) Assert.StartsWith("ok", await peer.Ask($"sweep"));
    }

    private static async Task<string> Created(PeerSession peer, FormattableString command)
    {
        var answer = await peer.Ask(command);
        Assert.StartsWith("ok", answer);
        return answer.Split(' ')[1];
    }

    private Task<PeerSession> Start() => PeerSession.Start([], start => start.Environment["SHMEM_RUNTIME_DIR"] = _runtime.FullName);
}
