using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Lifetime;

/// <summary>What a driver of a fork server learns when it reports a child. With a real server: <see cref="ForkServerTests"/>.</summary>
[SupportedOSPlatform("linux")]
public sealed class ForkServerChildTests : IDisposable
{
    private readonly ShMem _word = new HeapShMemProvider().Create(ForkServerChild.Size);
    private readonly List<Process> _started = [];

    private ForkServerChild Child => new(_word);

    public void Dispose()
    {
        foreach (var process in _started)
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
        }

        _word.Dispose();
    }

    [Fact]
    public void A_child_of_a_server_that_lives_stands_there_until_it_is_cleared()
    {
        var (server, child) = (Start("exec sleep 600"), Start("exec sleep 600"));
        Assert.True(Child.Report(child.Id, HolderId.Of(1, server.Id)));
        Assert.Equal(Incarnation.From(child.Id, KernelStartTime.Of(child.Id)), Child.Last);
        Assert.Equal(Presence.Lives, ForkServerChild.Look(Child.Last, out _));
        Child.Clear();
        Assert.Equal(default, Child.Last);
    }

    [Fact]
    public async Task A_child_of_a_server_that_is_dead_and_not_reaped_is_killed()
    {
        // Nobody ever reaps it: the shell that has started it has become a program that waits for nobody.
        var reaper = Start("sleep 600 & echo $!; exec tail -f /dev/null");
        var server = int.Parse(await reaper.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "", CultureInfo.InvariantCulture);
        await Waiting.Until(() => File.ReadAllText($"/proc/{reaper.Id}/comm") == "tail\n", PeerCommand.Patience, "the shell is no shell any more");
        Assert.Equal(0, LibcProcess.Kill(server, LibcProcess.SIGKILL));
        await Waiting.Until(() => SeenProcess.Of(server).Presence == Presence.Ended, PeerCommand.Patience, "the server is dead");
        var child = Start("exec sleep 600");

        Assert.False(Child.Report(child.Id, HolderId.Of(1, server)));

        await Waiting.Until(() => child.HasExited, PeerCommand.Patience, "the child is killed");
        Assert.Equal(128 + 9, child.ExitCode);
    }

    [Theory]
    [InlineData(int.MaxValue, 0)] // There is no such process.
    [InlineData(1, 1)] // Another one has its pid.
    public async Task A_child_of_a_server_that_is_gone_is_killed(int server, long later)
    {
        var child = Start("exec sleep 600");
        var start = KernelStartTime.Of(server);
        Assert.False(Child.Report(child.Id, new HolderId(1, server, start + later)));
        await Waiting.Until(() => child.HasExited, PeerCommand.Patience, "the child is killed");
    }

    [Fact]
    public void A_child_that_was_reaped_is_none()
    {
        var server = Start("exec sleep 600");
        Assert.True(Child.Report(server.Id, HolderId.Of(1, server.Id)));
        Assert.True(Child.Report(int.MaxValue, HolderId.Of(1, server.Id)));
        Assert.Equal(default, Child.Last);
    }

    // A look takes a descriptor. That there is none says nothing of the process.
    [Fact]
    public async Task Without_a_descriptor_nobody_is_taken_for_gone()
    {
        var (server, child) = (Start("exec sleep 600"), Start("exec sleep 600"));
        var start = KernelStartTime.Of(server.Id);
        await using var peer = await PeerSession.Start([Require.Tool("prlimit"), "--nofile=100:100"], ["death-watch"], null);
        Assert.Equal("True", await peer.Ask($"report {child.Id} {server.Id} {start}"));
        await peer.Ask($"fill-descriptors 0");

        // The broker's look, and then the driver's.
        var end = await peer.Ask($"end-last-child");
        Assert.Equal("False", await peer.Ask($"has-ended {end}"));
        Assert.StartsWith("refused LimitReached", await peer.Ask($"report {child.Id} {server.Id} {start}"));
        var endByPid = await peer.Ask($"end-last-child");
        Assert.Equal(("False", "False"), (await peer.Ask($"has-ended {end}"), await peer.Ask($"has-ended {endByPid}")));
        Assert.False(child.HasExited);

        await peer.Ask($"free-descriptors");
        await Waiting.Until(() => child.HasExited, PeerCommand.Patience, "the child is killed");
        foreach (var each in (string[])[end, endByPid]) await UntilEnded(peer, each);
    }

    [Fact]
    public async Task A_child_that_is_known_by_its_pid_alone_is_waited_for_and_not_killed()
    {
        var (server, child) = (Start("exec sleep 600"), Start("read line"));
        await using var peer = await PeerSession.Start([Require.Tool("prlimit"), "--nofile=100:100"], ["death-watch"], null);
        await peer.Ask($"fill-descriptors 0");
        Assert.StartsWith("refused LimitReached", await peer.Ask($"report {child.Id} {server.Id} {KernelStartTime.Of(server.Id)}"));
        await peer.Ask($"free-descriptors");

        var end = await peer.Ask($"end-last-child");
        Assert.Equal(("False", false), (await peer.Ask($"has-ended {end}"), child.HasExited));

        await child.StandardInput.WriteLineAsync();
        await UntilEnded(peer, end);
        Assert.Equal(0, child.ExitCode);
    }

    private static async Task UntilEnded(PeerSession peer, string watch)
    {
        using var patience = new CancellationTokenSource(PeerCommand.Patience);
        while (await peer.Ask($"has-ended {watch}") == "False") await Task.Delay(10, patience.Token);
    }

    private Process Start(string script)
    {
        var process = Process.Start(new ProcessStartInfo(Require.Tool("bash"), ["-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _started.Add(process);
        return process;
    }
}
