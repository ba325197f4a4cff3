using Akka.Actor;
using Akka.TestKit.Xunit;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Serialization;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>Rule 6 of the design: every request gets an answer. Whatever can be asked is asked of whoever can be asked.</summary>
public sealed class RequestAnswerTests : TestKit
{
    private readonly IActorRef _provider;

    public RequestAnswerTests()
    {
        // No process is real that the requests speak of.
        var never = new TaskCompletionSource();
        _provider = Sys.ActorOf(RcShMemProviderActor.Props(new BrokerState([new HeapShMemProvider()], watch: _ => never.Task)));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task The_provider_answers_every_request() => AssertAnswersAll(_provider);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_supervisor_answers_every_request_while_it_works_and_while_it_drains(bool countsLeases)
    {
        using var application = new TestApplication();
        Sys.EventStream.Subscribe(TestActor, typeof(WorkerStarted));
        var supervisor = Start(application, countsLeases ? _provider : null);
        var started = await ExpectMsgAsync<WorkerStarted>(PeerCommand.Patience, cancellationToken: Cancelled);
        var join = new JoinCampaign(started.ProcessNumber, started.Pid, KernelStartTime.Of(started.Pid));

        await AssertAnswersAll(supervisor);
        // So it works.
        Assert.IsType<CampaignJoined>(await Ask(supervisor, join));

        await supervisor.Ask<WorkersStopped>(new StopWorkers(TimeSpan.Zero), PeerCommand.Patience, Cancelled);
        await AssertAnswersAll(supervisor);
        // And so it drains.
        Assert.Equal("the campaign is ending", Assert.IsType<RequestRefused>(await Ask(supervisor, join)).Why);
    }

    [Fact]
    public async Task The_supervisor_hands_on_what_is_asked_for_statistics()
    {
        using var application = new TestApplication();
        var counting = Start(application, _provider);
        var alone = Start(application, null);
        await _provider.Ask<SegmentCreated>(new CreateSegment(64, new HolderId(0, 1, 1), "test"), PeerCommand.Patience, Cancelled);

        Assert.Equal(64, Assert.IsType<ShMemStatistics>(await Ask(counting, GetStatistics.Instance)).Bytes);
        Assert.Equal(ShMemError.Unsupported, Assert.IsType<RequestRefused>(await Ask(alone, GetStatistics.Instance)).Error);

        await Stop(counting);
        await Stop(alone);
    }

    [Fact]
    public async Task A_bug_in_the_application_ends_the_workers_and_is_answered_first()
    {
        using var application = new TestApplication { NextSegmentFails = true };
        Sys.EventStream.Subscribe(TestActor, typeof(WorkerStarted));
        Sys.EventStream.Subscribe(TestActor, typeof(WorkersFailed));
        var supervisor = Start(application, null);
        var worker = await ExpectMsgAsync<WorkerStarted>(PeerCommand.Patience, cancellationToken: Cancelled);
        supervisor.Tell(new JoinCampaign(worker.ProcessNumber, worker.Pid, KernelStartTime.Of(worker.Pid)), TestActor);
        await ExpectMsgAsync<CampaignJoined>(PeerCommand.Patience, cancellationToken: Cancelled);
        supervisor.Tell(new ReportReady(worker.ProcessNumber), TestActor);
        var slot = await ExpectMsgAsync<SlotAssigned>(PeerCommand.Patience, cancellationToken: Cancelled);

        supervisor.Tell(new RequestNextSegment(slot.Slot, slot.Generation, 1), TestActor);

        var refused = await ExpectMsgAsync<RequestRefused>(PeerCommand.Patience, cancellationToken: Cancelled);
        Assert.Contains("planted", refused.Why, StringComparison.Ordinal);
        Assert.Equal("planted", (await ExpectMsgAsync<WorkersFailed>(PeerCommand.Patience, cancellationToken: Cancelled)).Reason);
        await Waiting.Until(() => !PeerCommand.Lives(worker.Pid), PeerCommand.Patience, "the worker is gone");
        // Who waits for the workers' end need not know of the bug.
        Assert.Empty((await Stop(supervisor)).StillThere);
    }

    /// <summary>With one process, which does not join by itself.</summary>
    private IActorRef Start(TestApplication application, IActorRef? leases)
    {
        var options = new WorkerOptions(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default)
        {
            KeepsSpare = false, JoinLimit = TimeSpan.FromHours(1), ReadyLimit = TimeSpan.FromHours(1), ConfirmLimit = TimeSpan.FromHours(1),
        };
        return Sys.ActorOf(WorkerSupervisorActor.Props(options, application, leases));
    }

    private static Task<WorkersStopped> Stop(IActorRef supervisor) => supervisor.Ask<WorkersStopped>(new StopWorkers(TimeSpan.Zero), PeerCommand.Patience, Cancelled);

    private static async Task AssertAnswersAll(IActorRef asked)
    {
        // The serializer's tests see to it that the set has them all.
        var types = CampaignMessages.Types.Where(type => type.IsAssignableTo(typeof(ICampaignRequest))).ToList();
        Assert.InRange(types.Count, 13, 100);
        foreach (var request in types.SelectMany(CampaignMessages.Of))
        {
            var answer = await Ask(asked, request);
            Assert.True(answer is ICampaignMessage and not ICampaignRequest, $"{request} was answered by {answer}");
            if (answer is RequestRefused refused)
                Assert.False(refused.Remedy.Contains("bug", StringComparison.Ordinal), $"{request} met a bug: {refused.Why}");
        }
    }

    private static async Task<object> Ask(IActorRef asked, object request)
    {
        try
        {
            return await asked.Ask<object>(request, PeerCommand.Patience, Cancelled);
        }
        catch (AskTimeoutException)
        {
            throw new TimeoutException($"{request} was not answered");
        }
    }
}
