using System.Runtime.Versioning;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Shmem.Backends.PosixShm;
using Shmem.Backends.SysV;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>A real native fork server, which speaks AFL's protocol and holds our map by a fork of a real worker.</summary>
[SupportedOSPlatform("linux")]
public sealed class ForkServerTests : IDisposable
{
    private const string SysV = "sysv", Posix = "posix";

    /// <summary>Where the worker finds descriptions on the board: see ForkServerWorker of the peer.</summary>
    private const int MapAt = 256, LastChildAt = 512;

    /// <summary>Where the worker's own segment says that it may read what the server has written.</summary>
    private const int MayReadAt = 32;

    /// <summary>Where the hanging child counts, where each one does once, and where the server does for each that it has written.</summary>
    private const int HangsAt = 8, RunsAt = 16, WrittenAt = 24;

    /// <summary>The server, and the target: it counts once, and if it is told to hang, it counts on for ever.</summary>
    private const string Server = """
        #include <fcntl.h>
        #include <stdint.h>
        #include <stdlib.h>
        #include <sys/mman.h>
        #include <sys/shm.h>
        #include <sys/wait.h>
        #include <unistd.h>
        static volatile unsigned char *attach(const char *id) {
            if (id[0] != '/') return shmat(atoi(id), 0, 0);
            int file = shm_open(id, O_RDWR, 0600);
            return file < 0 ? MAP_FAILED : mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        }
        int main(void) {
            volatile unsigned char *map = attach(getenv("__AFL_SHM_ID"));
            int32_t word = 0;
            if (map == MAP_FAILED || write(199, &word, 4) != 4) return 1;
            while (read(198, &word, 4) == 4) {
                pid_t child = fork();
                if (child == 0) {
                    close(198);
                    close(199);
                    ++*(volatile long *)(map + 16);
                    while (map[0] == 'h') {
                        ++*(volatile long *)(map + 8);
                        usleep(1000);
                    }
                    _exit(7);
                }
                int status;
                if (write(199, &child, 4) != 4) return 2;
                ++*(volatile long *)(map + 24);
                if (waitpid(child, &status, 0) != child || write(199, &status, 4) != 4) return 2;
            }
            return 0;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("shmem-fork-server-").FullName;
    private readonly TaskCompletionSource<HolderId> _childIsGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _tell = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ShMemDescription _map;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(SysV)]
    [InlineData(Posix)]
    public async Task The_map_of_a_killed_server_is_kept_until_the_child_that_it_reported_last_is_killed_and_gone(string scheme)
    {
        await using var campaign = await Start(scheme);
        // No more leases come: the worker and the spare know all.
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        var worker = await campaign.WorkerAt(8, step => step == 1);
        var (server, child) = ((int)campaign.OfWorker(worker, 0), (int)campaign.OfWorker(worker, 16));
        int leases;
        using (var map = new StdShMemProvider().Open(_map))
        {
            // The server tells of the second child before that has done anything.
            await Waiting.Until(() => map.Ref<long>(RunsAt) == 2 && map.Ref<long>(HangsAt) > 0, PeerCommand.Patience, "the second child runs");
            // The first child's exit code, as waitpid gives it.
            Assert.Equal(7L << 8, campaign.OfWorker(worker, 24));
            await campaign.Ask<LeaseReleased>(new ReleaseLease(ForkCampaign.Broker, _map.Id));
            leases = await Leases(campaign);

            Assert.Equal(0, LibcProcess.Kill(server, LibcProcess.SIGKILL));

            var gone = await _childIsGone.Task.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
            Assert.Equal((child, false, false), (gone.Pid, PeerCommand.Lives(child), PeerCommand.Lives(server)));
            // It has written to the end, and nobody has got the bytes. The broker has not heard of its end yet.
            Assert.True(map.Ref<long>(HangsAt) > 0);
        }

        Assert.True(campaign.Opens(_map));
        Assert.Equal(leases, await Leases(campaign));

        _tell.SetResult();

        await campaign.Next<SegmentFreed>(freed => freed.Id == _map.Id);
        // What it held by its parent's fork: the board, the word and the map.
        Assert.Equal(leases - 3, await Leases(campaign));
        Assert.False(campaign.Opens(_map));
        Assert.False(Exists(_map.Id));
    }

    [Fact]
    public async Task A_child_whose_pid_was_not_read_before_the_server_was_gone_is_killed_by_the_driver()
    {
        await using var campaign = await Start(SysV, readsAtOnce: false);
        // No more leases come: the worker and the spare know all.
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        var worker = await campaign.WorkerAt(0, pid => pid > 0);
        using (var map = new StdShMemProvider().Open(_map))
            await Waiting.Until(() => map.Ref<long>(WrittenAt) == 2, PeerCommand.Patience, "the pid is in the pipe");
        var leases = await Leases(campaign);

        Assert.Equal(0, LibcProcess.Kill((int)campaign.OfWorker(worker, 0), LibcProcess.SIGKILL));

        // The broker has looked for a child and found none.
        await campaign.Until(statistics => statistics.Leases == leases - 3);
        campaign.TellWorker(worker, MayReadAt, 1);
        await campaign.WorkerAt(16, pid => pid > 0);
        var child = (int)campaign.OfWorker(worker, 16);
        await Waiting.Until(() => !PeerCommand.Lives(child), PeerCommand.Patience, "the driver has killed the child");
    }

    [Fact]
    public async Task A_server_whose_driver_is_killed_ends_with_its_child_and_leaves_nothing()
    {
        _tell.SetResult();
        await using var campaign = await Start(SysV);
        var worker = await campaign.WorkerAt(8, step => step == 1);
        var (server, child) = ((int)campaign.OfWorker(worker, 0), (int)campaign.OfWorker(worker, 16));
        await campaign.Ask<LeaseReleased>(new ReleaseLease(ForkCampaign.Broker, _map.Id));
        var prepared = await campaign.Next<ForkPrepared>();

        Assert.Equal(0, LibcProcess.Kill(prepared.Parent.Pid, LibcProcess.SIGKILL));

        await campaign.Next<SegmentFreed>(freed => freed.Id == _map.Id);
        Assert.False(PeerCommand.Lives(server) || PeerCommand.Lives(child));
        Assert.False(Exists(_map.Id));
    }

    private async Task<ForkCampaign> Start(string scheme, bool readsAtOnce = true)
    {
        var (source, program) = (Path.Combine(_folder, "server.c"), Path.Combine(_folder, "server"));
        var (requests, reports) = (Path.Combine(_folder, "requests"), Path.Combine(_folder, "reports"));
        await File.WriteAllTextAsync(source, Server, TestContext.Current.CancellationToken);
        Require.Tool("bash");
        await Tool.Run(Require.Tool("gcc"), "-Wall", "-Werror", "-o", program, source);
        await Tool.Run(Require.Tool("mkfifo"), requests, reports);
        return await ForkCampaign.Start(["fork-server-worker", program, requests, reports, readsAtOnce ? "at-once" : "when-told"],
            [new StdShMemProvider().Chosen, new SysVShMemProvider(), new PosixShMemProvider()], Watch, async (campaign, board) =>
            {
                _map = (await campaign.Ask<SegmentCreated>(new CreateSegment(65536, ForkCampaign.Broker, "map", scheme))).Segment;
                _map.Write(board.Slice(MapAt, ShMemDescription.EncodedSize));
                var lastChild = await campaign.Ask<SegmentCreated>(new CreateSegment(ForkServerChild.Size, ForkCampaign.Broker, "last child"));
                lastChild.Segment.Write(board.Slice(LastChildAt, ShMemDescription.EncodedSize));
            });
    }

    /// <summary>The system's word, which of a server's child reaches the broker when the test says so.</summary>
    private async Task Watch(HolderId process)
    {
        await ProcessDeath.Of(process);
        if (process.ProcessNumber != 0) return;
        _childIsGone.TrySetResult(process);
        await _tell.Task;
    }

    private static async Task<int> Leases(ForkCampaign campaign) => (await campaign.Ask<ShMemStatistics>(GetStatistics.Instance)).Leases;

    private static bool Exists(ShMemId id) => id.Scheme == Posix
        ? File.Exists($"/dev/shm{id.Rest}")
        : File.ReadAllLines("/proc/sysvipc/shm").Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1] == id.Rest);
}
