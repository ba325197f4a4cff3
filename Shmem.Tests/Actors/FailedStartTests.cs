using System.Diagnostics;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>
/// Processes that end before they have a slot are no slot's fault: whoever waits gets the first that becomes ready. Time is the test's, and each start and end is expected in its turn, so that one
/// start too many fails.
/// </summary>
public sealed class FailedStartTests() : TestKit("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
{
    private const string Killed = "a worker killed by SIGKILL before its first execution";

    private static readonly TimeSpan BackOff = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slot_that_waits_is_given_a_process_however_many_died_before_they_were_ready()
    {
        using var application = new TestApplication();
        var failed = Probe<WorkerStartsFailed>();
        var supervisor = Start(application, slots: 2);
        var (first, second, spare) = (await StartedAsync(), await StartedAsync(), await StartedAsync());
        await BecomeReadyAsync(supervisor, application, first, slot: 0, generation: 0);
        await BecomeReadyAsync(supervisor, application, second, slot: 1, generation: 0);

        // As by somebody who kills, or for want of memory: one that works, and then whoever is to be the next.
        await KillAsync(second);
        var other = await StartedAsync();
        await KillAsync(spare);
        await KillAsync(other);
        Advance(BackOff);
        (spare, other) = (await StartedAsync(), await StartedAsync());
        await KillAsync(spare);
        Assert.Equal(Killed, (await failed.ExpectMsgAsync<WorkerStartsFailed>(PeerCommand.Patience, cancellationToken: Cancelled)).Reason);
        await KillAsync(other);
        // One at a time from now on, and said once.
        for (var wait = 2; wait <= 16; wait *= 2)
        {
            Advance(BackOff * Math.Min(wait, 4));
            await KillAsync(await StartedAsync());
        }

        Advance(BackOff * 4);
        await BecomeReadyAsync(supervisor, application, await StartedAsync(), slot: 1, generation: 1);
        // What was wrong is over: there is a spare again.
        await StartedAsync();
        await failed.ExpectNoMsgAsync(TimeSpan.Zero, Cancelled);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task Where_none_was_ever_ready_the_campaign_has_failed_after_so_many_attempts()
    {
        using var application = new TestApplication();
        var failed = Probe<WorkersFailed>();
        var supervisor = Start(application, slots: 2);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            WorkerStarted[] all = [await StartedAsync(), await StartedAsync(), await StartedAsync()];
            foreach (var worker in all)
            {
                // Whoever lives may become ready.
                await failed.ExpectNoMsgAsync(TimeSpan.Zero, Cancelled);
                await KillAsync(worker);
            }

            Advance(BackOff);
        }

        Assert.Equal(Killed, (await failed.ExpectMsgAsync<WorkersFailed>(PeerCommand.Patience, cancellationToken: Cancelled)).Reason);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task A_campaign_that_has_worked_fails_only_when_the_longest_wait_has_not_helped()
    {
        using var application = new TestApplication();
        var (failed, starts) = (Probe<WorkersFailed>(), Probe<WorkerStartsFailed>());
        var supervisor = Start(application, slots: 1);
        var (worker, spare) = (await StartedAsync(), await StartedAsync());
        await BecomeReadyAsync(supervisor, application, worker, slot: 0, generation: 0);

        await KillAsync(worker);
        var other = await StartedAsync();
        await KillAsync(spare);
        await KillAsync(other);
        Advance(BackOff);
        (spare, other) = (await StartedAsync(), await StartedAsync());
        await KillAsync(spare);
        await KillAsync(other);
        await starts.ExpectMsgAsync<WorkerStartsFailed>(PeerCommand.Patience, cancellationToken: Cancelled);
        foreach (var wait in (int[])[2, 4])
        {
            Advance(BackOff * wait);
            var attempt = await StartedAsync();
            await failed.ExpectNoMsgAsync(TimeSpan.Zero, Cancelled);
            await KillAsync(attempt);
        }

        Assert.Equal(Killed, (await failed.ExpectMsgAsync<WorkersFailed>(PeerCommand.Patience, cancellationToken: Cancelled)).Reason);
        await StopAsync(supervisor);
    }

    [Theory]
    [InlineData(false, "a worker killed: did not join within 3600 s before its first execution")]
    [InlineData(true, "a worker killed: was not ready within 3600 s")]
    public async Task Who_does_not_come_so_far_in_its_time_is_replaced_only_after_the_wait_and_ends_the_campaign_in_the_end(bool joins, string reason)
    {
        using var application = new TestApplication();
        var failed = Probe<WorkersFailed>();
        var supervisor = Start(application, slots: 1, keepsSpare: false);
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            var worker = await StartedAsync();
            if (joins)
            {
                await JoinAsync(supervisor, worker);
                // As a fuzzer's worker does, to become warm.
                application.Segments[worker.ProcessNumber].Ref<long>(0) = 1;
            }

            Advance(TimeSpan.FromHours(1));
            await ExitedAsync(worker);
            Advance(BackOff);
        }

        Assert.Equal(reason, (await failed.ExpectMsgAsync<WorkersFailed>(PeerCommand.Patience, cancellationToken: Cancelled)).Reason);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task A_start_that_is_refused_while_another_process_lives_is_tried_again()
    {
        using var application = new TestApplication { SegmentRefusedTo = 2 };
        var failed = Probe<WorkersFailed>();
        var supervisor = Start(application, slots: 1);
        // The answer comes when both were tried.
        await JoinAsync(supervisor, await StartedAsync());
        Advance(BackOff);
        Assert.Equal(3, (await StartedAsync()).ProcessNumber);
        await failed.ExpectNoMsgAsync(TimeSpan.Zero, Cancelled);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task A_spare_that_was_killed_for_a_reason_is_replaced()
    {
        using var application = new TestApplication();
        var supervisor = Start(application, slots: 1);
        var (worker, spare) = (await StartedAsync(), await StartedAsync());
        await BecomeReadyAsync(supervisor, application, worker, slot: 0, generation: 0);

        supervisor.Tell(new KillWorker(spare.ProcessNumber, "too large"), TestActor);
        await ExitedAsync(spare);
        Advance(BackOff);
        await StartedAsync();
        await StopAsync(supervisor);
    }

    /// <summary>Its processes do nothing by themselves. Two failed starts in a row are too many; the waits are 1 s, 2 s, 4 s, 4 s, …</summary>
    private IActorRef Start(TestApplication application, int slots, bool keepsSpare = true)
    {
        Sys.EventStream.Subscribe(TestActor, typeof(WorkerStarted));
        Sys.EventStream.Subscribe(TestActor, typeof(WorkerExited));
        return Sys.ActorOf(WorkerSupervisorActor.Props(new WorkerOptions(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default)
        {
            Slots = slots, KeepsSpare = keepsSpare, EarlyDeaths = 2, BackOff = BackOff, LongestBackOff = BackOff * 4, JoinLimit = TimeSpan.FromHours(1),
            ReadyLimit = TimeSpan.FromHours(1), ConfirmLimit = TimeSpan.FromHours(1),
        }, application));
    }

    private TestProbe Probe<T>()
    {
        var probe = CreateTestProbe();
        Sys.EventStream.Subscribe(probe, typeof(T));
        return probe;
    }

    private void Advance(TimeSpan time) => ((TestScheduler)Sys.Scheduler).Advance(time);

    private ValueTask<WorkerStarted> StartedAsync() => ExpectMsgAsync<WorkerStarted>(PeerCommand.Patience, cancellationToken: Cancelled);

    private async Task ExitedAsync(WorkerStarted worker) =>
        Assert.Equal(worker.ProcessNumber, (await ExpectMsgAsync<WorkerExited>(PeerCommand.Patience, cancellationToken: Cancelled)).ProcessNumber);

    private async Task KillAsync(WorkerStarted worker)
    {
        using (var process = Process.GetProcessById(worker.Pid)) process.Kill();
        await ExitedAsync(worker);
    }

    private async Task<TestProbe> JoinAsync(IActorRef supervisor, WorkerStarted worker)
    {
        var probe = CreateTestProbe();
        supervisor.Tell(new JoinCampaign(worker.ProcessNumber, worker.Pid, KernelStartTime.Of(worker.Pid)), probe);
        await probe.ExpectMsgAsync<CampaignJoined>(PeerCommand.Patience, cancellationToken: Cancelled);
        return probe;
    }

    /// <summary>It joins and is ready, is given the slot, and has executed something.</summary>
    private async Task BecomeReadyAsync(IActorRef supervisor, TestApplication application, WorkerStarted worker, int slot, int generation)
    {
        var probe = await JoinAsync(supervisor, worker);
        supervisor.Tell(new ReportReady(worker.ProcessNumber), probe);
        var assigned = await probe.ExpectMsgAsync<SlotAssigned>(PeerCommand.Patience, cancellationToken: Cancelled);
        Assert.Equal((slot, generation), (assigned.Slot, assigned.Generation));
        application.Segments[worker.ProcessNumber].Ref<long>(0) = 1;
    }

    private async Task StopAsync(IActorRef supervisor)
    {
        var (probe, other) = (CreateTestProbe(), CreateTestProbe());
        supervisor.Tell(new StopWorkers(TimeSpan.Zero), probe);
        supervisor.Tell(GetStatistics.Instance, other);
        await other.ExpectMsgAsync<RequestRefused>(PeerCommand.Patience, cancellationToken: Cancelled);
        // A timer without a wait waits for the clock too.
        Advance(TimeSpan.FromMilliseconds(1));
        Assert.Empty((await probe.ExpectMsgAsync<WorkersStopped>(PeerCommand.Patience, cancellationToken: Cancelled)).StillThere);
    }
}
