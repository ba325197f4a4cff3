using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>Whose death is told, and whose is not, by a process that has no descriptor left: leases end by it, and their memory is somebody else's then.</summary>
[SupportedOSPlatform("linux")]
public sealed class ProcessDeathTests : IDisposable
{
    private readonly Process _process = Process.Start(new ProcessStartInfo("sleep", "600"))!;

    private HolderId Holder => HolderId.Of(1, _process.Id);

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    // The process's descriptor is one; the look whether it is still that process takes another.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_process_that_lives_is_not_gone_however_few_descriptors_are_left(int descriptors)
    {
        await using var peer = await Watcher();
        var holder = Holder;
        await peer.Ask($"fill-descriptors {descriptors}");
        var death = await peer.Ask($"watch {holder.Pid} {holder.KernelStartTime}");
        Assert.Equal("False", await peer.Ask($"has-ended {death}"));
        await peer.Ask($"free-descriptors");
        Assert.Equal("False", await peer.Ask($"has-ended {death}"));

        _process.Kill();

        await End(peer, death);
    }

    [Fact]
    public async Task A_stranger_with_its_pid_is_known_for_one_when_descriptors_are_to_be_had()
    {
        await using var peer = await Watcher();
        var holder = Holder;
        await peer.Ask($"fill-descriptors 0");
        var death = await peer.Ask($"watch {holder.Pid} {holder.KernelStartTime + 1}");
        Assert.Equal("False", await peer.Ask($"has-ended {death}"));

        await peer.Ask($"free-descriptors");

        await End(peer, death);
        Assert.False(_process.HasExited);
    }

    [Fact]
    public async Task A_death_is_told_without_a_descriptor()
    {
        await using var peer = await Watcher();
        var holder = Holder;
        await peer.Ask($"fill-descriptors 0");
        var death = await peer.Ask($"watch {holder.Pid} {holder.KernelStartTime}");

        _process.Kill();

        await End(peer, death);
    }

    private static Task<PeerSession> Watcher() => PeerSession.Start([Require.Tool("prlimit"), "--nofile=100:100"], ["death-watch"], null);

    private static async Task End(PeerSession peer, string death)
    {
        using var limit = new CancellationTokenSource(PeerCommand.Patience);
        while (await peer.Ask($"has-ended {death}") == "False") await Task.Delay(10, limit.Token);
    }
}
