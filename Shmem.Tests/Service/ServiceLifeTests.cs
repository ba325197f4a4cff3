using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>Starts and ends of services and holders, within this process.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
public sealed class ServiceLifeTests : IDisposable
{
    private readonly ServiceFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    [Trait("Needs", "Unix")]
    public void A_stopped_service_leaves_nothing_but_the_lock_and_its_name_is_free()
    {
        using var segment = _fixture.Provider.Create(100);
        _fixture.Service.Dispose();
        _fixture.Service.Dispose();
        Assert.Equal([".lock"], Directory.EnumerateFileSystemEntries(_fixture.Folder.Path).Select(Path.GetFileName));
        _fixture.Restart();
        _fixture.Provider.Create(100).Dispose();
    }

    [Fact]
    public void A_name_that_a_living_service_has_is_taken()
    {
        using var segment = _fixture.Provider.Create(100);
        Assert.Null(_fixture.Start());
        using var again = _fixture.Provider.Open(segment.Description);
        Assert.Equal(100, again.Length);
    }

    // LESSONS: LibAFL 668: "a stale socket file blocked every start".
    [Theory]
    [Trait("Needs", "Unix")]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stale_socket_file_does_not_block_the_next_start(bool isSocket)
    {
        using var folder = new TemporaryFolder();
        var run = RuntimeFolder.Open(folder.FullPath);
        run.Subfolder("stale");
        var path = ServiceSocket.PathOf(run, "stale");
        if (isSocket)
        {
            // Bound by another name, since .NET removes the one that it knows: as a killed service leaves it.
            using var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            dead.Bind(new UnixDomainSocketEndPoint(folder["bound"]));
            File.Move(folder["bound"], path);
        }
        else
        {
            File.WriteAllText(path, "");
        }

        using var service = ShMemService.TryStart("stale", run, ServiceFixture.Files, ServiceLimits.Default, ServiceFixture.Patience);
        Assert.NotNull(service);
        new ServedShMemProvider("stale", run.Path, ServiceFixture.Patience).Create(100).Dispose();
    }

    // LESSONS: "two processes start the service at once: in 3 of 6 rounds the loser panicked when the winner left".
    [Fact]
    public async Task Of_many_starts_at_once_one_succeeds_and_everybody_is_served_and_so_when_the_winner_has_left()
    {
        const int starters = 6;
        using var folder = new TemporaryFolder();
        for (var round = 0; round < 10; round++)
        {
            using var start = new Barrier(starters);
            var run = OperatingSystem.IsWindows() ? null : RuntimeFolder.Open(folder.FullPath);
            var services = await Task.WhenAll(Enumerable.Range(0, starters).Select(_ => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                var service = ShMemService.TryStart("race", run, ServiceFixture.Files, ServiceLimits.Default,
                    ServiceFixture.Patience);
                new ServedShMemProvider("race", run?.Path, ServiceFixture.Patience).Create(100).Dispose();
                return service;
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Single(services, s => s is not null);
            foreach (var service in services) service?.Dispose();
        }
    }

    // LESSONS: "service dies while clients hold maps: data stays usable; drop panics, with two maps SIGABRT"; "a client panics if the server died on release".
    [Fact]
    public void The_end_of_the_service_leaves_maps_usable_and_their_ends_quiet()
    {
        using var trace = new TraceCapture();
        var first = _fixture.Provider.Create(100);
        var second = _fixture.Provider.Create(100);
        var opened = _fixture.Provider.Open(second.Description);
        _fixture.Service.Dispose();
        first.Span[0] = 1;
        second.Span[99] = 2;
        Assert.Equal(2, opened.Span[99]);
        foreach (var view in (ShMem[])[second, first, opened]) view.Dispose();
        Assert.Single(trace.Lines, l => l.Contains("service 'test' is lost while 2 of its segments"));
        Assert.DoesNotContain(trace.Lines, l => l.StartsWith("release", StringComparison.Ordinal));
    }

    [Fact]
    public void After_a_new_start_old_ids_name_nothing_and_the_same_provider_goes_on()
    {
        var provider = _fixture.Provider;
        using var old = provider.Create(100);
        old.Span[0] = 1;
        _fixture.Restart();
        using var segment = provider.Create(100);
        Assert.NotEqual(old.Id, segment.Id);
        Assert.Equal(0, segment.Span[0]);
        Assert.Equal(1, old.Span[0]);
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => provider.Open(old.Description)).Error);
        _fixture.Restart();
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => provider.Open(segment.Description)).Error);
    }

    // LESSONS: LibAFL 3225, 3229: "a target must never start a service".
    [Fact]
    public void Where_no_service_is_an_open_and_a_create_say_so()
    {
        _fixture.Service.Dispose();
        var refused = Assert.Throws<ShMemException>(() => _fixture.Provider.Create(100));
        Assert.Equal(ShMemError.NotFound, refused.Error);
        Assert.Contains(_fixture.SocketPath, refused.Message);
        Assert.Equal(ShMemError.NotFound,
            Assert.Throws<ShMemException>(() => _fixture.Provider.Open(new ShMemDescription(ShMemId.Parse("served:test/1"), 1))).Error);
    }

    // DESIGN rules 1 to 3: a segment lives as long as somebody holds it; views of one process are one lease; a closed connection ends its leases.
    [Fact]
    public async Task A_segment_lives_until_its_last_holder_is_gone()
    {
        var segment = _fixture.Provider.Create(100);
        var clone = segment.Clone();
        var opened = _fixture.Provider.Open(segment.Description);
        using (var holder = RawClient.Welcomed(_fixture.SocketPath))
        {
            Assert.Equal(FrameKind.Granted, holder.Ask(RawClient.Of(FrameKind.Open, segment.Id)).Kind);
            Assert.Equal(FrameKind.AlreadyHeld, holder.Ask(RawClient.Of(FrameKind.Open, segment.Id)).Kind);
            segment.Dispose();
            clone.Dispose();
            _fixture.Provider.Open(segment.Description).Dispose();
            opened.Dispose();
            _fixture.Provider.Open(segment.Description).Dispose();
            await _fixture.HasSegments(1);
        }

        await _fixture.HasSegments(0);
        Assert.Throws<ShMemException>(() => _fixture.Provider.Open(segment.Description));
    }

    [Fact]
    public async Task A_lost_view_is_released_by_its_finalizer()
    {
        Lose();
        // Bounded by the wait below: a collection at a time may keep what a register still names.
        for (var i = 0; i < 100 && _fixture.Service.Counts.Segments > 0; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await _fixture.HasSegments(0);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        void Lose() => _fixture.Provider.Create(100);
    }

    [Fact]
    [Trait("Needs", "Unix")]
    [SupportedOSPlatform("linux")]
    public void A_service_that_hands_over_less_than_it_says_is_found_out()
    {
        using var fixture = new ServiceFixture(new ShortFiles());
        var refused = Assert.Throws<ShMemException>(() => fixture.Provider.Create(100));
        Assert.Equal(ShMemError.TooSmall, refused.Error);
        Assert.Contains("real size is 99 bytes", refused.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456")]
    public void A_name_that_no_service_has_is_refused(string name)
    {
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => new ServedShMemProvider(name)).Error);
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => ShMemService.Start(name)).Error);
    }

    private sealed class TraceCapture : TraceListener
    {
        public TraceCapture() => Trace.Listeners.Add(this);

        public List<string> Lines { get; } = [];

        public override void Write(string? message)
        {
        }

        public override void WriteLine(string? message)
        {
            lock (Lines) Lines.Add(message ?? "");
        }

        protected override void Dispose(bool disposing)
        {
            Trace.Listeners.Remove(this);
            base.Dispose(disposing);
        }
    }
}
