using System.Runtime.Versioning;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Shmem.Backends.SysV;
using Shmem.Tests.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>A real native fork server that has mapped what a real worker's fork keeps for it, and never says hello. Nothing but the fork keeps the map.</summary>
[SupportedOSPlatform("linux")]
public sealed class SilentForkServerTests : IDisposable
{
    /// <summary>What the worker can be told: see SilentServerWorker of the peer.</summary>
    private const int Report = 1, Claim = 2, ClaimForAnother = 3, Abort = 4;

    /// <summary>What came of it: done, or 2 and the error.</summary>
    private const long Done = 1, NotFound = 2 + (long)ShMemError.NotFound, Denied = 2 + (long)ShMemError.Denied;

    private const int MapAt = 256, LastChildAt = 512, OrderAt = 32, AnswerAt = 40;

    private const string Server = """
        #include <stdlib.h>
        #include <sys/shm.h>
        #include <unistd.h>
        int main(void) {
            volatile long *map = shmat(atoi(getenv("__AFL_SHM_ID")), 0, 0);
            if (map == (void *)-1) return 1;
            *map = getpid();
            for (;;) pause();
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("shmem-silent-server-").FullName;
    private readonly ManualTime _time = new();
    private ShMemDescription _map;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // LESSONS: "`forking_clients` never expires".
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_kept_for_one_that_nobody_claims_for_is_kept_until_its_time_is_over(bool isReported)
    {
        await using var campaign = await Start();
        var (worker, server) = await Started(campaign);
        if (isReported) Assert.Equal(Done, await Tell(campaign, worker, Report));

        await PassTime(campaign);

        var aborted = await campaign.Next<ForkAborted>(fork => fork.Parent.ProcessNumber == worker);
        Assert.Equal((ForkEnd.TimedOut, isReported ? server : null), (aborted.How, aborted.Child?.Pid));
        await campaign.Next<SegmentFreed>(freed => freed.Id == _map.Id);
        Assert.True(PeerCommand.Lives(server));
        foreach (var late in (int[])[Report, Claim, Abort]) Assert.Equal(NotFound, await Tell(campaign, worker, late));
        Assert.Equal(0, (await campaign.Ask<ShMemStatistics>(GetStatistics.Instance)).Forks);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_kept_for_one_that_is_given_up_is_freed_at_once_and_no_claim_brings_it_back(bool isReported)
    {
        await using var campaign = await Start();
        var (worker, server) = await Started(campaign);
        if (isReported) Assert.Equal(Done, await Tell(campaign, worker, Report));

        Assert.Equal(Done, await Tell(campaign, worker, Abort));

        var aborted = await campaign.Next<ForkAborted>();
        Assert.Equal((ForkEnd.Aborted, isReported ? server : null), (aborted.How, aborted.Child?.Pid));
        await campaign.Next<SegmentFreed>(freed => freed.Id == _map.Id);
        foreach (var late in (int[])[Claim, Abort]) Assert.Equal(NotFound, await Tell(campaign, worker, late));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_is_claimed_once_and_for_one_server(bool isReported)
    {
        await using var campaign = await Start();
        var (worker, server) = await Started(campaign);
        if (isReported) Assert.Equal(Done, await Tell(campaign, worker, Report));

        Assert.Equal(Done, await Tell(campaign, worker, Claim));

        var completed = await campaign.Next<ForkCompleted>();
        Assert.Equal(server, completed.Child.Pid);
        var before = await campaign.Ask<ShMemStatistics>(GetStatistics.Instance);
        // As one may, who has not seen the first answer.
        Assert.Equal(Done, await Tell(campaign, worker, Claim));
        foreach (var other in (int[])[ClaimForAnother, Abort]) Assert.Equal(Denied, await Tell(campaign, worker, other));
        var after = await campaign.Ask<ShMemStatistics>(GetStatistics.Instance);
        Assert.Equal((before.Leases, before.Holders, before.Forks), (after.Leases, after.Holders, after.Forks));

        Assert.Equal(0, LibcProcess.Kill(server, LibcProcess.SIGKILL));

        // It was one fork.
        Assert.Equal(_map.Id, Assert.IsType<SegmentFreed>(await campaign.Next<object>(happened => happened is ForkCompleted or ForkAborted or SegmentFreed)).Id);
        // The board and the map.
        Assert.Equal(after.Leases - 2, (await campaign.Ask<ShMemStatistics>(GetStatistics.Instance)).Leases);
    }

    // LESSONS: "child dies between PreFork and PostFork: parent hangs".
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_kept_for_one_that_is_killed_is_freed_as_soon_as_its_pid_is_known(bool isReportedBefore)
    {
        await using var campaign = await Start();
        var (worker, server) = await Started(campaign);
        if (isReportedBefore) Assert.Equal(Done, await Tell(campaign, worker, Report));

        Assert.Equal(0, LibcProcess.Kill(server, LibcProcess.SIGKILL));
        await Waiting.Until(() => !PeerCommand.Lives(server), PeerCommand.Patience, "the server is gone");

        if (!isReportedBefore) Assert.Equal(Done, await Tell(campaign, worker, Report));
        var aborted = await campaign.Next<ForkAborted>();
        Assert.Equal((ForkEnd.ChildGone, server), (aborted.How, aborted.Child?.Pid));
        await campaign.Next<SegmentFreed>(freed => freed.Id == _map.Id);
        foreach (var late in (int[])[Claim, Abort]) Assert.Equal(NotFound, await Tell(campaign, worker, late));
    }

    private async Task<ForkCampaign> Start()
    {
        var (source, program) = (Path.Combine(_folder, "server.c"), Path.Combine(_folder, "server"));
        await File.WriteAllTextAsync(source, Server, TestContext.Current.CancellationToken);
        await Tool.Run(Require.Tool("gcc"), "-Wall", "-Werror", "-o", program, source);
        return await ForkCampaign.Start(["silent-server-worker", program], [new StdShMemProvider().Chosen, new SysVShMemProvider()], prepare: async (campaign, board) =>
        {
            _map = (await campaign.Ask<SegmentCreated>(new CreateSegment(4096, ForkCampaign.Broker, "map", "sysv"))).Segment;
            _map.Write(board.Slice(MapAt, ShMemDescription.EncodedSize));
            var lastChild = await campaign.Ask<SegmentCreated>(new CreateSegment(ForkServerChild.Size, ForkCampaign.Broker, "last child"));
            lastChild.Segment.Write(board.Slice(LastChildAt, ShMemDescription.EncodedSize));
        }, time: _time);
    }

    /// <summary>The server has the map, which its fork alone keeps. The spare has joined: no more leases come.</summary>
    private async Task<(long Worker, int Server)> Started(ForkCampaign campaign)
    {
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        var worker = await campaign.WorkerAt(0, pid => pid > 0);
        var server = (int)campaign.OfWorker(worker, 0);
        using (var map = new StdShMemProvider().Open(_map))
            await Waiting.Until(() => map.Ref<long>(0) == server, PeerCommand.Patience, "the server has the map");
        await campaign.Ask<LeaseReleased>(new ReleaseLease(ForkCampaign.Broker, _map.Id));
        return (worker, server);
    }

    private static async Task<long> Tell(ForkCampaign campaign, long worker, int order)
    {
        campaign.TellWorker(worker, AnswerAt, 0);
        campaign.TellWorker(worker, OrderAt, order);
        await campaign.WorkerAt(AnswerAt, answer => answer > 0);
        return campaign.OfWorker(worker, AnswerAt);
    }

    /// <summary>All limits of forks are over. What rings for the broker is set by the system's clock, and anew when the fork that was due first has ended: this one.</summary>
    private async Task PassTime(ForkCampaign campaign)
    {
        var first = await campaign.Ask<ForkPrepared>(new PreFork(ForkCampaign.Broker, ForkLedger.ShortestLimit));
        _time.Advance(ForkLedger.LongestLimit);
        await campaign.Ask<ForkAcknowledged>(new AbortFork(first.Token, ForkCampaign.Broker));
    }
}
