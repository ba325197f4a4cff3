using Akka.Actor;
using Shmem.Actors;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>As whom a member of the campaign may join, and for whom it may speak.</summary>
public sealed class WorkerIdentityTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_the_very_process_that_was_started_can_join_under_its_number()
    {
        // It leaves its place in the campaign to whoever claims it.
        await using var campaign = new TestCampaign("never-join", options => options with { JoinLimit = TimeSpan.FromHours(1) });
        var started = await campaign.Next<WorkerStarted>();
        var real = new JoinCampaign(started.ProcessNumber, started.Pid, KernelStartTime.Of(started.Pid));
        using var stranger = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(campaign.Certificate));
        var supervisor = stranger.ActorSelection($"{CampaignRemoting.AddressOf(campaign.System)}/user/workers");

        JoinCampaign[] wrong =
        [
            real with { ProcessNumber = real.ProcessNumber + 1000 },
            real with { Pid = real.Pid + 1 },
            real with { KernelStartTime = real.KernelStartTime + 1 },
        ];
        foreach (var join in wrong)
            Assert.Equal(ShMemError.Denied, (await supervisor.Ask<RequestRefused>(join, PeerCommand.Patience, Cancelled)).Error);
        // What was wrong with them is all that was wrong.
        await supervisor.Ask<CampaignJoined>(real, PeerCommand.Patience, Cancelled);
        // The place is taken now, and a second claim comes too late.
        Assert.Equal(ShMemError.Denied, (await supervisor.Ask<RequestRefused>(real, PeerCommand.Patience, Cancelled)).Error);
        // Whoever asked first has ended, and a connection that is lost ends the process.
        var exited = await campaign.Next<WorkerExited>();
        Assert.Equal((started.ProcessNumber, "its connection is lost"), (exited.ProcessNumber, exited.Exit.KilledFor));
    }

    [Fact]
    public async Task A_member_cannot_act_for_a_worker()
    {
        await using var campaign = new TestCampaign("serve");
        await campaign.Next<WorkerReady>();
        var worker = await campaign.Serving();
        using var stranger = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(campaign.Certificate));
        var supervisor = stranger.ActorSelection($"{CampaignRemoting.AddressOf(campaign.System)}/user/workers");

        supervisor.Tell(new ReportFailure(worker, "made up"));
        supervisor.Tell(new ReportReady(worker));
        var request = new RequestNextSegment(0, 0, 1);
        Assert.Equal(ShMemError.Denied, (await supervisor.Ask<RequestRefused>(request, PeerCommand.Patience, Cancelled)).Error);
        var checkpoint = new RequestCheckpointSegment(0, 0, 1, 5000);
        Assert.Equal(ShMemError.Denied, (await supervisor.Ask<RequestRefused>(checkpoint, PeerCommand.Patience, Cancelled)).Error);

        Assert.True(PeerCommand.Lives(campaign.Pids[worker]));
        Assert.Equal([$"open slot 0 generation 0 for {worker}"], campaign.Application.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_worker_speaks_for_itself_alone(bool countsLeases)
    {
        IActorRef provider = ActorRefs.Nobody;
        // Two that leave their places in the campaign to whoever claims them.
        await using var campaign = new TestCampaign("never-join",
            options => options with
            {
                Launch = new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), Slots = 2, KeepsSpare = false, JoinLimit = TimeSpan.FromHours(1),
            },
            leases: system => provider = countsLeases ? system.ActorOf(RcShMemProviderActor.Props(new HeapShMemProvider())) : ActorRefs.Nobody);
        var own = HolderOf(await campaign.Next<WorkerStarted>());
        var other = HolderOf(await campaign.Next<WorkerStarted>());
        var id = !countsLeases ? ShMemId.Parse("heap:1")
            : (await provider.Ask<SegmentCreated>(new CreateSegment(64, other, "the other's"), PeerCommand.Patience, Cancelled)).Segment.Id;
        using var worker = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(campaign.Certificate));
        var supervisor = await worker.ActorSelection($"{CampaignRemoting.AddressOf(campaign.System)}/user/workers").ResolveOne(PeerCommand.Patience, Cancelled);
        // While nobody has joined from there, it is nobody.
        await AssertDenied(supervisor, new AcquireLease(own, id));
        using var inbox = Inbox.Create(worker);
        inbox.Send(supervisor, new JoinCampaign(own.ProcessNumber, own.Pid, own.KernelStartTime));
        Assert.IsType<CampaignJoined>(await inbox.ReceiveAsync(PeerCommand.Patience));

        var token = new ForkToken(1);
        var child = new HolderId(ForkLedger.FirstChildNumber, 1000, 1);
        var time = TimeSpan.FromMinutes(1);
        ICampaignRequest[] forAnother =
        [
            new AcquireLease(other, id), new ReleaseLease(other, id), new PreFork(other, time), new PostFork(token, other, child), new ClaimFork(token, other),
            new AbortFork(token, other), new OnRestart(other, time), new SucceedHolder(own, other), new AcknowledgeRestart(own, other),
        ];
        var speakForSomebody = typeof(ICampaignRequest).Assembly.GetTypes()
            .Where(type => type.IsAssignableTo(typeof(ICampaignRequest)) && !type.IsInterface && type.GetProperties().Any(property => property.PropertyType == typeof(HolderId)));
        Assert.Equal(speakForSomebody.ToHashSet(), forAnother.Select(request => request.GetType()).ToHashSet());
        foreach (var request in forAnother) await AssertDenied(supervisor, request);
        await AssertDenied(supervisor, new AcquireLease(own with { Pid = own.Pid + 1 }, id));
        await AssertDenied(supervisor, new AcquireLease(own with { KernelStartTime = own.KernelStartTime + 1 }, id));

        var answer = await supervisor.Ask<object>(new AcquireLease(own, id), PeerCommand.Patience, Cancelled);

        if (countsLeases)
        {
            Assert.Equal(own, Assert.IsType<LeaseGranted>(answer).Holder);
            var statistics = await provider.Ask<ShMemStatistics>(GetStatistics.Instance, PeerCommand.Patience, Cancelled);
            Assert.Equal((2, 0, 0), (statistics.Leases, statistics.Forks, statistics.Restarts));
        }
        else
        {
            Assert.Equal(ShMemError.Unsupported, Assert.IsType<RequestRefused>(answer).Error);
        }
    }

    private static HolderId HolderOf(WorkerStarted started) => HolderId.Of(started.ProcessNumber, started.Pid);

    private static async Task AssertDenied(IActorRef supervisor, ICampaignRequest request)
    {
        var refused = await supervisor.Ask<RequestRefused>(request, PeerCommand.Patience, Cancelled);
        Assert.Equal(ShMemError.Denied, refused.Error);
        Assert.EndsWith("did not ask that", refused.Why, StringComparison.Ordinal);
    }
}
