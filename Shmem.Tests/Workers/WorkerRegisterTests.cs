using System.Diagnostics;
using System.Globalization;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>What a broker's record of its processes makes of them when the next broker comes. The tests are the broker that died and the one that comes.</summary>
public sealed class WorkerRegisterTests : IDisposable
{
    private static readonly ShMemDescription NoSegment = new(ShMemId.Parse("memfd:1.2.3"), 4096);

    private readonly TemporaryFolder _folder = new();
    private readonly WorkerRegister _register;

    public WorkerRegisterTests() => _register = new WorkerRegister(_folder["workers"]);

    private string EndsWhenTold => $"while ! [ -e '{_folder["end"]}' ]; do sleep 0.05; done; exit 5";

    private string[] Records => Directory.GetFiles(_folder["workers"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_process_is_recorded_until_it_is_gone()
    {
        using var process = Start("sleep 600");
        Assert.Equal([_register.PathOf(process.Holder)], Records);
        process.Kill("the test is over");
        await End(process);
        Assert.Empty(Records);
    }

    [Fact]
    public async Task A_stopped_process_is_killed_with_what_it_started()
    {
        using var process = Start($"sleep 600 & echo $! > '{_folder["new"]}'; mv '{_folder["new"]}' '{_folder["child"]}'; kill -STOP $$");
        await Waiting.Until(() => File.Exists(_folder["child"]), PeerCommand.Patience, "it has started its child");
        var child = int.Parse(File.ReadAllText(_folder["child"]), CultureInfo.InvariantCulture);

        var left = await _register.EndLeftAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);

        Assert.Equal([process.Holder], left.Killed);
        Assert.Empty(left.Ended.Concat(left.StillThere));
        Assert.Equal(9, (await End(process)).Signal);
        await Waiting.Until(() => !PeerCommand.Lives(child), PeerCommand.Patience, "its child is gone");
        Assert.Empty(Records);
    }

    [Fact]
    public async Task A_process_that_ends_in_time_is_not_killed()
    {
        using var process = Start(EndsWhenTold);
        var ending = _register.EndLeftAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
        Assert.False(ending.IsCompleted);
        _folder.Write("end", []);

        var left = await ending;

        Assert.Equal([process.Holder], left.Ended);
        Assert.Empty(left.Killed.Concat(left.StillThere));
        Assert.Equal(5, (await End(process)).ExitCode);
    }

    // The worker may be gone when the next broker comes, or end while that waits for it; who was to kill what it leaves is dead.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_worker_has_started_is_killed_after_it(bool isGoneAlready)
    {
        using var worker = StartLeaving(new WorkerLaunch(PeerCommand.Shell("")) { Register = _register });
        var (child, holder) = (await Child(worker), HolderId.Of(5, worker.Id));
        _register.Enter(holder);
        if (isGoneAlready) await Tool.Kill(worker);

        var ending = _register.EndLeftAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
        if (!isGoneAlready) await Tool.Kill(worker);
        await ending;

        await Waiting.Until(() => !PeerCommand.Lives(child), PeerCommand.Patience, "what it had started is gone");
        Assert.Empty(Records);
    }

    [Theory]
    [InlineData(true)] // The same number, and no word of ours: a job of a shell whose terminal was closed.
    [InlineData(false)] // It began before the worker, so that it is not what that has started.
    public async Task What_a_stranger_with_its_number_has_started_is_left_alone(bool isUnmarked)
    {
        var launch = new WorkerLaunch(PeerCommand.Shell(""));
        using var stranger = StartLeaving(isUnmarked ? launch : launch with { Register = _register });
        var (child, holder) = (await Child(stranger), HolderId.Of(5, stranger.Id));
        _register.Enter(isUnmarked ? holder : holder with { KernelStartTime = KernelStartTime.Of(child) + 1 });
        await Tool.Kill(stranger);

        await _register.EndLeftAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);

        Assert.Empty(Records);
        Assert.True(PeerCommand.Lives(child));
        ProcessGroup.Kill(child, KernelStartTime.Of(child));
    }

    [Fact]
    public async Task Nobody_is_killed_when_the_wait_is_cancelled()
    {
        using var process = Start("sleep 600");
        using var cancel = new CancellationTokenSource();
        var ending = _register.EndLeftAsync(PeerCommand.Patience, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ending);

        Assert.True(PeerCommand.Lives(process.Holder.Pid));
        Assert.NotEmpty(Records);
    }

    [Fact]
    public async Task A_process_that_has_the_pid_but_another_start_time_is_left_alone()
    {
        using var stranger = Start(EndsWhenTold);
        File.Delete(_register.PathOf(stranger.Holder));
        _register.Enter(stranger.Holder with { KernelStartTime = stranger.Holder.KernelStartTime - 1 });
        _register.Enter(stranger.Holder with { KernelStartTime = stranger.Holder.KernelStartTime + 1 });

        var left = await _register.EndLeftAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);

        Assert.Empty(left.Ended.Concat(left.Killed).Concat(left.StillThere));
        Assert.Empty(Records);
        _folder.Write("end", []);
        Assert.Equal(5, (await End(stranger)).ExitCode);
    }

    [Fact]
    public async Task A_record_of_another_place_or_time_kills_nobody()
    {
        using var process = Start(EndsWhenTold);
        var own = Path.GetFileName(_register.PathOf(process.Holder)).Split('.');
        File.Delete(_register.PathOf(process.Holder));
        var elsewhere = string.Join('.', [own[0], "1", .. own[2..]]);
        _folder.Write($"workers/{elsewhere}", []);
        _folder.Write("workers/" + string.Join('.', [$"{Guid.NewGuid()}", .. own[1..]]), []);

        var left = await _register.EndLeftAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);

        Assert.Empty(left.Ended.Concat(left.Killed).Concat(left.StillThere));
        Assert.Contains(elsewhere, Assert.Single(left.PassedOver), StringComparison.Ordinal);
        // It is for those to whom its pid means something; of an earlier boot nobody is left.
        Assert.Equal([_folder[$"workers/{elsewhere}"]], Records);
        _folder.Write("end", []);
        Assert.Equal(5, (await End(process)).ExitCode);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData(".")]
    [InlineData("....")]
    [InlineData("PLACE.5.12")]
    [InlineData("PLACE.5.1234.")]
    [InlineData("PLACE.5.1234.0")]
    [InlineData("PLACE.5.0.77")]
    [InlineData("PLACE.5.1.77")]
    [InlineData("PLACE.5.-1.77")]
    [InlineData("PLACE.5.01234.77")]
    [InlineData("PLACE.5. 1234.77")]
    [InlineData("PLACE.5.99999999999.77")]
    [InlineData("PLACE.5.1234.99999999999999999999")]
    [InlineData("PLACE.5.1234.77.8")]
    [InlineData("x.5.1234.77")]
    public void What_names_no_process_is_refused(string name)
    {
        var place = string.Join('.', Path.GetFileName(_register.PathOf(new HolderId(5, 1234, 77))).Split('.')[..2]);
        Assert.True(WorkerRegister.TryParse($"{place}.5.1234.77", out var read, out var process));
        Assert.Equal((place, new HolderId(5, 1234, 77)), (read, process));
        Assert.False(WorkerRegister.TryParse(name.Replace("PLACE", place, StringComparison.Ordinal), out _, out _));
    }

    [Fact]
    public async Task What_names_no_process_is_told_and_left_there()
    {
        var path = _folder.Write("workers/garbage", [1, 2, 3]);
        var left = await _register.EndLeftAsync(TimeSpan.Zero, TestContext.Current.CancellationToken);
        Assert.Contains(path, Assert.Single(left.PassedOver), StringComparison.Ordinal);
        Assert.Equal([path], Records);
    }

    [Fact]
    public async Task A_process_that_cannot_be_recorded_is_ended_and_never_told()
    {
        Directory.Delete(_folder["workers"]);
        var refused = Assert.Throws<ShMemException>(() => Start($"echo $$ > '{_folder["pid"]}'; [ $(head -c 1 | wc -c) = 1 ] && touch '{_folder["told"]}'; sleep 600"));
        Assert.Contains(_folder["workers"], refused.Message, StringComparison.Ordinal);
        if (File.Exists(_folder["pid"]) && int.TryParse(File.ReadAllText(_folder["pid"]), CultureInfo.InvariantCulture, out var pid))
            await Waiting.Until(() => !PeerCommand.Lives(pid), PeerCommand.Patience, "the process is gone");
        Assert.False(File.Exists(_folder["told"]));
    }

    /// <summary>A worker of a broker that is dead: nobody is there to kill what it has started.</summary>
    private static Process StartLeaving(WorkerLaunch launch)
    {
        var start = new ProcessStartInfo("setsid", ["/bin/sh", "-c", "sleep 600 & echo $!; wait"]) { RedirectStandardOutput = true };
        foreach (var (name, value) in launch.Environment()) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static async Task<int> Child(Process worker) =>
        int.Parse(await worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? "", CultureInfo.InvariantCulture);

    private WorkerProcess Start(string script) => WorkerProcess.Start(new WorkerLaunch(PeerCommand.LeadingShell(script)) { Register = _register },
        new WorkerBootstrap(1, "", default, NoSegment, default));

    private static Task<WorkerExit> End(WorkerProcess process) => process.Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
}
