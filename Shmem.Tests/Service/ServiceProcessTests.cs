using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Service;
using Shmem.Tests.Backends;
using Shmem.Tests.EndToEnd;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>Services and clients in real processes, killed with kill -9. The peer's commands stand in Shmem.Tests.Peer/Verbs/Segments.cs.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
public sealed class ServiceProcessTests : IDisposable
{
    private readonly ServiceFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Two_processes_see_each_others_writes()
    {
        using var segment = _fixture.Provider.Create(100_003);
        await using var peer = await Start();
        await TwoProcesses.AssertBothWrite(segment, segment.Id, peer);
    }

    [Fact]
    public async Task The_environment_names_a_segment_and_its_service_to_a_child()
    {
        using var segment = _fixture.Provider.Create(100);
        segment.Span[99] = 9;
        await using var peer = await Start([], start => ShMemEnvironment.Write(segment, start, "SHMEM_TEST_MAP"));
        Assert.Equal($"ok {segment.Id} 100", await peer.Ask($"open-environment SHMEM_TEST_MAP"));
        Assert.Equal("9", await peer.Ask($"read 0 99"));
    }

    [Fact]
    public async Task The_provider_for_all_takes_a_service_by_its_name()
    {
        Assert.Equal("served", new StdShMemProvider($"served:{ServiceFixture.Name}").Scheme);
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => new StdShMemProvider("served:")).Error);
        await using var peer = await Start();
        using var opened = _fixture.Provider.Open(await peer.AskForSegment($"create served:{ServiceFixture.Name} 100"));
        Assert.Equal(100, opened.Length);
    }

    [Fact]
    public async Task A_larger_size_is_refused_to_another_process()
    {
        using var segment = _fixture.Provider.Create(100);
        await using var peer = await Start();
        var refused = await peer.Ask($"open {segment.Id} 101");
        Assert.StartsWith("refused TooSmall", refused);
        Assert.Contains("real size is 100 bytes", refused);
        Assert.Equal($"ok {segment.Id} 99", await peer.Ask($"open {segment.Id} 99"));
    }

    [Fact]
    public async Task A_killed_holder_leaves_nothing_but_what_others_hold()
    {
        await using var peer = await Start();
        var kept = await peer.AskForSegment($"create-served {ServiceFixture.Name} 8192");
        await peer.AskForSegment($"create-served {ServiceFixture.Name} 8192");
        await peer.Ask($"write 0 8191 5");
        var opened = _fixture.Provider.Open(kept);
        await _fixture.HasSegments(2);
        await peer.Kill();
        await _fixture.HasSegments(1);
        Assert.Equal(5, opened.Span[^1]);
        _fixture.Provider.Open(kept).Dispose();
        opened.Dispose();
        Assert.Throws<ShMemException>(() => _fixture.Provider.Open(kept));
        await _fixture.HasSegments(0);
    }

    // LESSONS: "memfd without CLOEXEC: inherited by every exec'd child".
    [Fact]
    [Trait("Needs", "Unix")]
    public async Task A_child_inherits_no_descriptor_and_a_client_keeps_none_but_for_pins()
    {
        using var segment = _fixture.Provider.Create(100);
        await using var peer = await Start();
        Assert.Equal("ok 0", await peer.Ask($"descriptors"));
        await peer.Ask($"open {segment.Id} 100");
        Assert.Equal(ServiceFixture.Backend == "ashmem" ? "ok 1" : "ok 0", await peer.Ask($"descriptors"));
        await peer.Ask($"dispose 0");
        Assert.Equal("ok 0", await peer.Ask($"descriptors"));
    }

    // LESSONS: "service dies while clients hold maps: data stays usable; drop panics"; LibAFL 668: "a stale socket file blocked every start".
    [Fact]
    public async Task A_killed_service_leaves_maps_usable_their_ends_quiet_and_its_name_free()
    {
        _fixture.Service.Dispose();
        await using var server = await Start();
        Assert.Equal("ok", await server.Ask($"start-service {ServiceFixture.Name} {ServiceFixture.Backend}"));
        var segment = _fixture.Provider.Create(100);
        await using var peer = await Start();
        await peer.Ask($"open {segment.Id} 100");
        await server.Kill();
        // A pipe goes with its process.
        if (!OperatingSystem.IsWindows()) Assert.True(File.Exists(_fixture.SocketPath));
        segment.Span[1] = 2;
        Assert.Equal("2", await peer.Ask($"read 0 1"));
        Assert.StartsWith("refused NotFound", await peer.Ask($"open {segment.Id} 100"));
        Assert.Equal("ok", await peer.Ask($"dispose 0"));
        Assert.Equal("ok", await peer.Ask($"start-service {ServiceFixture.Name} {ServiceFixture.Backend}"));
        segment.Dispose();
        using var next = _fixture.Provider.Create(100);
        Assert.NotEqual(segment.Id, next.Id);
        Assert.Equal("ok", await peer.Ask($"stop-service"));
        Assert.False(File.Exists(_fixture.SocketPath));
    }

    // DESIGN: "What outlives a process (POSIX names, sockets) is listed in the campaign's manifest before it is created."
    [Fact]
    [Trait("Needs", "Unix")]
    public async Task A_killed_services_socket_is_swept_and_a_living_ones_is_not()
    {
        _fixture.Service.Dispose();
        await using var server = await Start();
        Assert.Equal("ok", await server.Ask($"start-service {ServiceFixture.Name} {ServiceFixture.Backend}"));
        await using var sweeper = await Start();
        Assert.Equal("ok 0", await sweeper.Ask($"sweep"));
        _fixture.Provider.Create(100).Dispose();
        await server.Kill();
        Assert.True(File.Exists(_fixture.SocketPath));
        Assert.Equal("ok 1", await sweeper.Ask($"sweep"));
        Assert.False(Directory.Exists(Path.GetDirectoryName(_fixture.SocketPath)));
        Assert.Equal("ok 0", await sweeper.Ask($"sweep"));
    }

    [Fact]
    [Trait("Needs", "Unix")]
    public async Task A_process_that_ends_without_stopping_its_service_leaves_no_socket()
    {
        _fixture.Service.Dispose();
        await using var server = await Start();
        Assert.Equal("ok", await server.Ask($"start-service {ServiceFixture.Name} {ServiceFixture.Backend}"));
        server.CloseInput();
        await server.End();
        Assert.False(File.Exists(_fixture.SocketPath));
    }

    // LESSONS: "two processes start the service at once: in 3 of 6 rounds the loser panicked when the winner left".
    [Fact]
    public async Task Of_two_processes_that_start_a_service_at_once_one_does_and_both_are_served()
    {
        _fixture.Service.Dispose();
        await using var first = await Start();
        await using var second = await Start();
        PeerSession[] both = [first, second];
        for (var round = 0; round < 6; round++)
        {
            var answers = await Task.WhenAll(both.Select(p => p.Ask($"start-service {ServiceFixture.Name} {ServiceFixture.Backend}")));
            Assert.Equal(["ok", "taken"], answers.Order());
            foreach (var answer in await Task.WhenAll(both.Select(p => p.Ask($"create-served {ServiceFixture.Name} 100")))) Assert.StartsWith("ok", answer);
            Assert.Equal("ok", await both[Array.IndexOf(answers, "ok")].Ask($"stop-service"));
        }
    }

    // LESSONS: "open files at their limit, served: no return in 20 s".
    [Fact]
    [Trait("Needs", "Unix")]
    public async Task A_service_with_its_open_files_at_their_limit_answers_and_names_the_limit()
    {
        _fixture.Service.Dispose();
        await using var server = await Start([Require.Tool("prlimit"), "--nofile=100:100"]);
        Assert.Equal("ok", await server.Ask($"start-service {ServiceFixture.Name} {ServiceFixture.Backend}"));
        using var before = RawClient.Welcomed(_fixture.SocketPath);
        Assert.Equal(FrameKind.Granted, before.Ask(RawClient.Create(100)).Kind);
        await server.Ask($"fill-descriptors 0");
        AssertNames(before.Refused(ShMemError.LimitReached, RawClient.Create(100)), "create served segment of 100 bytes");
        for (var i = 0; i < 3; i++) AssertNames(Assert.Throws<ShMemException>(() => _fixture.Provider.Create(100)), "accept");
        // It lives, so its name is taken.
        Assert.Null(_fixture.Start());
        await server.Ask($"free-descriptors");
        Assert.Equal(FrameKind.Granted, before.Ask(RawClient.Create(100)).Kind);
        _fixture.Provider.Create(100).Dispose();
    }

    // LESSONS: "open files at their limit, served: no return in 20 s".
    [Fact]
    [Trait("Needs", "Unix")]
    public async Task A_client_with_any_number_of_free_descriptors_is_served_or_names_the_limit_and_is_served_later()
    {
        using var segment = _fixture.Provider.Create(100);
        await using var peer = await Start([Require.Tool("prlimit"), "--nofile=100:100"]);
        await peer.Ask($"fill-descriptors 0");
        // No descriptor for a connection.
        AssertNames(await peer.Ask($"open {segment.Id} 100"));
        await peer.Ask($"free-descriptors");
        Assert.StartsWith("ok", await peer.Ask($"create-served {ServiceFixture.Name} 1"));
        await peer.Ask($"fill-descriptors 0");
        // A connection, but no descriptor for what comes over it.
        AssertNames(await peer.Ask($"open {segment.Id} 100"));
        AssertNames(await peer.Ask($"create-served {ServiceFixture.Name} 1"));
        await peer.Ask($"free-descriptors");
        Assert.StartsWith("ok", await peer.Ask($"open {segment.Id} 100"));
        // What could not be received is not held.
        await _fixture.HasSegments(2);
    }

    [Fact]
    [Trait("Needs", "Unix")]
    public async Task A_stopped_service_ends_the_wait_of_its_clients_and_keeps_its_name()
    {
        _fixture.Service.Dispose();
        await using var server = await Start();
        Assert.Equal("ok", await server.Ask($"start-service {ServiceFixture.Name} {ServiceFixture.Backend}"));
        using var hasty = _fixture.OpenHasty();
        using var segment = _fixture.Provider.Create(100);
        await Stop(server);
        var refused = Assert.Throws<ShMemException>(() => hasty.Create(100));
        Assert.Contains("has not answered for 1 s", refused.Message);
        refused = Assert.Throws<ShMemException>(() => ShMemService.TryStart(ServiceFixture.Name, _fixture.Folder, ServiceFixture.Files,
            ServiceLimits.Default, TimeSpan.FromSeconds(1)));
        Assert.Contains("has not answered for 1 s", refused.Message);
        segment.Span[0] = 1;
        await Tool.Run(Require.Tool("kill"), "-CONT", server.Pid.ToString(CultureInfo.InvariantCulture));
        _fixture.Provider.Create(100).Dispose();
    }

    [Fact]
    [Trait("Needs", "Unix")]
    public async Task A_lost_view_that_is_counted_makes_no_finalizer_wait_for_a_stopped_service()
    {
        _fixture.Service.Dispose();
        await using var server = await Start();
        Assert.Equal("ok", await server.Ask($"start-service {ServiceFixture.Name} {ServiceFixture.Backend}"));
        // Who waits for the service waits for longer than the test does.
        using var provider = new RcShMemProvider(new ServedShMemProvider(ServiceFixture.Name, _fixture.Folder.Path, 10 * ServiceFixture.Patience));
        Lose();
        await Stop(server);
        try
        {
            await Task.Run(() =>
            {
                // Once may not be enough: a collection may keep what a register still names.
                while (provider.Segments > 0)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
            }, TestContext.Current.CancellationToken).WaitAsync(ServiceFixture.Patience, TestContext.Current.CancellationToken);
        }
        finally
        {
            await Tool.Run(Require.Tool("kill"), "-CONT", server.Pid.ToString(CultureInfo.InvariantCulture));
        }

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Lose() => provider.Create(100);
    }

    // LESSONS: LibAFL 276: "parent dies before the forked child reconnects: maps lost".
    [Fact]
    public async Task A_child_claims_what_its_killed_parent_held_and_reads_what_that_wrote()
    {
        await using var parent = await StartHolder();
        var id = (await parent.Ask($"create 4096")).Split(' ')[1];
        Assert.Equal("ok", await parent.Ask($"write {id} 4088 77"));
        var fork = (await parent.Ask($"pre-fork {TimeSpan.FromMinutes(10).Ticks}")).Split(' ');
        await using var child = await StartHolder();
        Assert.Equal("ok", await parent.Ask($"post-fork {fork[1]} {fork[2]} {child.Pid}"));
        await parent.Kill();
        // The token survives the parent, and the other child that was not reported gets nothing.
        await using var stranger = await StartHolder();
        Assert.StartsWith("refused Denied", await stranger.Ask($"claim {fork[1]} {fork[2]}"));
        Assert.Equal("ok", await child.Ask($"claim {fork[1]} {fork[2]}"));
        Assert.Equal("ok", await child.Ask($"open {id} 4096"));
        Assert.Equal("77", await child.Ask($"read {id} 4088"));
        await _fixture.HasSegments(1);
        await child.Kill();
        await _fixture.HasSegments(0);

        async Task<PeerSession> StartHolder()
        {
            var holder = await PeerSession.Start([], ["holder"], _fixture.Announce);
            Assert.Equal("ok", await holder.Ask($"use {ServiceFixture.Name}"));
            return holder;
        }
    }

    // DESIGN rule 2: "releases after an acquire that timed out".
    [Theory]
    [InlineData("create")]
    [InlineData("open")]
    [InlineData("claim")]
    [Trait("Needs", "Unix")]
    public async Task A_request_that_a_stopped_service_answers_late_strands_no_lease(string what)
    {
        _fixture.Service.Dispose();
        await using var server = await PeerSession.Start([], ["service", ServiceFixture.Backend, "3"], _fixture.Announce);
        Assert.Equal("ok", await server.Ask($"start {ServiceFixture.Name}"));
        var patient = new ServedShMemProvider(ServiceFixture.Name, _fixture.Folder.Path, ServiceFixture.Patience);
        using var segment = patient.Create(100);
        var fork = patient.PreFork(TimeSpan.FromSeconds(30));
        using var probe = RawClient.Welcomed(_fixture.SocketPath);
        using (var hasty = _fixture.OpenHasty())
        {
            await Stop(server);
            var refused = Assert.Throws<ShMemException>(() =>
            {
                if (what == "create") hasty.Create(100);
                else if (what == "open") hasty.Open(segment.Description, ShMemAccess.Read);
                else hasty.ClaimFork(fork);
            });
            Assert.Contains("has not answered", refused.Message);
            await Tool.Run(Require.Tool("kill"), "-CONT", server.Pid.ToString(CultureInfo.InvariantCulture));
            // The connection's end is the release; nobody has disposed it yet. The service's round after the one that reads the request reads the end, and it
            // may have answered us before that.
            for (var i = 0; i < 3; i++) probe.Refused(ShMemError.Invalid, RawClient.Create(0));
            Assert.Equal($"1 1 1 {(what == "claim" ? 0 : 1)} 0", await server.Ask($"counts"));
        }
    }

    private Task<PeerSession> Start() => Start([]);

    private Task<PeerSession> Start(string[] wrapper, Action<System.Diagnostics.ProcessStartInfo>? prepare = null) => PeerSession.Start(wrapper, start =>
    {
        _fixture.Announce(start);
        prepare?.Invoke(start);
    });

    /// <summary>kill -STOP, and waits until each of its threads is stopped: until then it may answer.</summary>
    private static async Task Stop(PeerSession server)
    {
        await Tool.Run(Require.Tool("kill"), "-STOP", server.Pid.ToString(CultureInfo.InvariantCulture));
        await Waiting.Until(() => ProcessTree.IsStopped(server.Pid), ServiceFixture.Patience, "the service is stopped");
    }

    private static void AssertNames(ShMemException refused, string call)
    {
        Assert.Equal((ShMemError.LimitReached, 24), (refused.Error, refused.Errno));
        AssertNames($"refused LimitReached {refused.Message}", call);
    }

    private static void AssertNames(string answer, string call = "")
    {
        Assert.StartsWith("refused LimitReached", answer);
        foreach (var part in (string[])["errno 24", "(100)", "ulimit -n", call]) Assert.Contains(part, answer);
    }
}
