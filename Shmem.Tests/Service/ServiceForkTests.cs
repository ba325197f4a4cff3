using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Service;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>
/// Forks and restarts behind a service. Each connection is a holder of its own, so one process can play all parts; <see cref="ServiceMachineTests"/> has
/// real ones.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class ServiceForkTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Time goes on only when a test says so.</summary>
    private readonly ManualClock _clock = new();

    private readonly ServiceFixture _fixture;
    private readonly List<ServiceConnection> _connections = [];
    private readonly ServiceConnection _parent;
    private readonly ServiceConnection _child;

    public ServiceForkTests()
    {
        // A connection that has asked nothing yet is not dropped when a test sets the clock forward.
        _fixture = new ServiceFixture(limits: new ServiceLimits { Clock = _clock, Request = TimeSpan.FromDays(1) });
        _parent = Connect();
        _child = Connect();
    }

    public void Dispose()
    {
        _connections.ForEach(c => c.Dispose());
        _fixture.Dispose();
    }

    // LESSONS: LibAFL 276: "parent dies before the forked child reconnects: maps lost".
    [Fact]
    public async Task A_child_holds_what_its_parent_held_also_if_the_parent_is_gone_before_it_says_hello()
    {
        var map = _parent.Create(100);
        map.Span[99] = 7;
        var fork = _parent.PreFork(Limit);
        var later = _parent.Create(100);
        Assert.Equal(1, fork.Leases);
        _parent.Dispose();
        await _fixture.HasConnections(1);
        Assert.Equal(ShMemError.NotFound, Refused(() => _child.Open(later.Description, ShMemAccess.Read)).Error);

        _child.ClaimFork(fork);
        _clock.Advance(2 * Limit);
        using (var view = _child.Open(map.Description, ShMemAccess.Read)) Assert.Equal(7, view.Span[99]);
        // Its view was its lease.
        await _fixture.HasSegments(0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_open_that_fails_costs_a_child_nothing_that_came_by_its_fork(bool hasOpenedBefore)
    {
        var map = _parent.Create(100);
        map.Span[99] = 7;
        _child.ClaimFork(_parent.PreFork(Limit));
        _parent.Dispose();
        await _fixture.HasConnections(1);
        if (hasOpenedBefore) Assert.Equal(ShMemError.TooSmall, Refused(() => _child.Open(map.Description with { Size = 102 }, ShMemAccess.Read)).Error);
        // It is refused once it was granted, as where the child has no address space or descriptor left.
        Assert.Equal(ShMemError.TooSmall, Refused(() => _child.Open(map.Description with { Size = 101 }, ShMemAccess.Read)).Error);

        using (var view = _child.Open(map.Description, ShMemAccess.Read)) Assert.Equal(7, view.Span[99]);
        await _fixture.HasSegments(0);
    }

    [Fact]
    public async Task An_open_that_fails_leaves_no_lease_that_it_was_granted()
    {
        var map = _parent.Create(100);
        Assert.Equal(ShMemError.TooSmall, Refused(() => _child.Open(map.Description with { Size = 101 }, ShMemAccess.Read)).Error);
        await _fixture.Has(counts => counts.Leases == 1);
        map.Dispose();
        await _fixture.HasSegments(0);
    }

    // LESSONS: "`forking_clients` never expires"; "child dies between PreFork and PostFork: parent hangs": the token ends; parent gets an answer.
    [Fact]
    public async Task A_child_that_never_says_hello_keeps_nothing_after_the_limit()
    {
        var map = _parent.Create(100);
        var fork = _parent.PreFork(Limit);
        map.Dispose();
        _clock.Advance(Limit - TimeSpan.FromMilliseconds(1));
        _child.Open(map.Description, ShMemAccess.Read).Dispose();
        await _fixture.Has(counts => counts.Forks == 1);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        // Whoever asks wakes the service, which looks at its clock.
        Assert.Equal(ShMemError.NotFound, Refused(() => _child.ClaimFork(fork)).Error);
        await _fixture.HasSegments(0);
        Assert.Equal(ShMemError.NotFound, Refused(() => _parent.PostFork(fork, Environment.ProcessId)).Error);
        Assert.Equal(ShMemError.NotFound, Refused(() => _parent.AbortFork(fork)).Error);
    }

    // LESSONS: "id of a dropped map, PostFork without PreFork: service thread dies, with it every client".
    [Fact]
    public async Task A_token_that_was_never_given_is_refused_and_all_go_on()
    {
        using var map = _parent.Create(100);
        var fork = _parent.PreFork(Limit);
        var foreign = fork with { Token = new ForkToken(fork.Token.Value + 1) };
        foreach (var action in (Action[])[() => _child.ClaimFork(foreign), () => _parent.PostFork(foreign, 1), () => _parent.AbortFork(foreign)])
            Assert.Equal(ShMemError.NotFound, Refused(action).Error);
        Assert.Equal(ShMemError.Denied, Refused(() => _child.ClaimFork(fork with { ChildNumber = 1 })).Error);
        Assert.Equal(ShMemError.Denied, Refused(() => _child.AbortFork(fork)).Error);
        Assert.Equal(ShMemError.Denied, Refused(() => _child.PostFork(fork, Environment.ProcessId)).Error);
        _child.ClaimFork(fork);
        await _fixture.Has(counts => counts.Leases == 2);
    }

    [Fact]
    public async Task Hello_twice_is_one_hello_and_that_of_another_connection_is_refused()
    {
        using var map = _parent.Create(100);
        var fork = _parent.PreFork(Limit);
        _child.ClaimFork(fork);
        _child.ClaimFork(fork);
        var other = Connect();
        Assert.Equal(ShMemError.Denied, Refused(() => other.ClaimFork(fork)).Error);
        _child.ReleaseUnopened(map.Id);
        Assert.Equal(ShMemError.NotFound, Refused(() => _child.ReleaseUnopened(map.Id)).Error);
        Assert.Equal(ShMemError.Invalid, Refused(() => _parent.ReleaseUnopened(map.Id)).Error);
        await _fixture.Has(counts => counts == new ServiceCounts(3, 1, 1, 1, 0, 0));
    }

    [Fact]
    public void A_child_is_the_one_that_its_parent_reported()
    {
        using var map = _parent.Create(100);
        var fork = _parent.PreFork(Limit);
        // The process with pid 1 lives, and is not this one.
        _parent.PostFork(fork, 1);
        _parent.PostFork(fork, 1);
        Assert.Equal(ShMemError.Denied, Refused(() => _child.ClaimFork(fork)).Error);
        var second = _parent.PreFork(Limit);
        _parent.PostFork(second, Environment.ProcessId);
        _child.ClaimFork(second);
        _parent.PostFork(second, Environment.ProcessId);
        Assert.Equal(ShMemError.Denied, Refused(() => _parent.AbortFork(second)).Error);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reported_child_that_dies_before_its_hello_ends_the_fork(bool diesFirst)
    {
        var map = _parent.Create(100);
        var fork = _parent.PreFork(Limit);
        map.Dispose();
        using var process = Process.Start(Require.Tool("sleep"), "600");
        if (diesFirst) await Tool.Kill(process);
        else await _fixture.HasSegments(1);
        _parent.PostFork(fork, process.Id);
        if (!diesFirst) await Tool.Kill(process);

        await _fixture.HasSegments(0);
        await _fixture.Has(counts => counts.Forks == 0);
        Assert.Equal(ShMemError.NotFound, Refused(() => _child.ClaimFork(fork)).Error);
    }

    [Fact]
    public async Task Forks_that_come_to_nothing_leave_no_descriptor()
    {
        using var map = _parent.Create(100);
        for (var i = 0; i < 300; i++)
        {
            var fork = _parent.PreFork(Limit);
            _parent.PostFork(fork, Environment.ProcessId);
            if (i % 3 == 0) _parent.AbortFork(fork);
            else if (i % 3 == 1) _clock.Advance(Limit);
            else Connect().ClaimFork(fork);
        }

        Assert.Equal(ShMemError.NotFound, Refused(() => _parent.AbortFork(default)).Error);
        await _fixture.HasSegments(1);
        await _fixture.Has(counts => counts.Forks == 0);
        // Other tests of this process have some too, now and then; a leak would be a hundred.
        Assert.InRange(Directory.EnumerateFiles("/proc/self/fd").Count(IsPidfdOfUs), 0, 50);
    }

    /// <summary>Between claim and abort the first wins, and the other gets an error answer.</summary>
    [Fact]
    public async Task Of_a_claim_and_an_abort_at_once_one_wins()
    {
        using var map = _parent.Create(100);
        var claims = 0;
        for (var round = 0; round < 200; round++)
        {
            var fork = _parent.PreFork(Limit);
            // A race may always have the same winner. So that each side wins for certain, it goes first in one of the first two rounds.
            ShMemError?[] answers = round switch
            {
                0 => [Claim(), Abort()],
                1 => [.. new[] { Abort(), Claim() }.Reverse()],
                _ => await Task.WhenAll(Start(Claim), Start(Abort)),
            };
            Assert.True(answers is [null, ShMemError.Denied] && round != 1 || answers is [ShMemError.NotFound, null] && round != 0,
                $"{round}: {string.Join(", ", answers)}");
            ShMemError? Claim() => Try(() => _child.ClaimFork(fork));
            ShMemError? Abort() => Try(() => _parent.AbortFork(fork));
            if (answers[0] is not null) continue;
            claims++;
            _child.ReleaseUnopened(map.Id);
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{claims} of 200 rounds were claims");
        await _fixture.Has(counts => counts.Forks == 0);
    }

    [Fact]
    public async Task A_fork_of_a_fork_holds_what_the_first_one_left()
    {
        var map = _parent.Create(100);
        var fork = _parent.PreFork(Limit);
        _parent.Dispose();
        _child.ClaimFork(fork);
        var second = _child.PreFork(Limit);
        _child.Dispose();
        await _fixture.HasConnections(0);
        var grandchild = Connect();
        grandchild.ClaimFork(second);
        Assert.Equal(100, grandchild.Open(map.Description, ShMemAccess.ReadWrite).Length);
        grandchild.Dispose();
        await _fixture.HasSegments(0);
    }

    [Fact]
    public async Task A_restart_is_bridged_and_what_was_reserved_ends_with_the_acknowledgement()
    {
        var map = _parent.Create(100);
        var other = _parent.Create(100);
        var self = _parent.OnRestart(Limit);
        Assert.Equal(Environment.ProcessId, self.Pid);
        Assert.Equal(self, _parent.OnRestart(Limit));
        // Announced before the restart, claimed after it.
        var fork = _parent.PreFork(Limit);
        _parent.Dispose();
        await _fixture.HasConnections(1);
        _child.Succeed(self);
        _child.Succeed(self);
        Assert.Equal(ShMemError.Denied, Refused(() => Connect().Succeed(self)).Error);
        Assert.Equal(100, _child.Open(map.Description, ShMemAccess.Read).Length);
        Connect().ClaimFork(fork);
        _child.AcknowledgeRestart(self);
        Assert.Equal(ShMemError.NotFound, Refused(() => _child.AcknowledgeRestart(self)).Error);
        await _fixture.Has(counts => counts is { Segments: 2, Leases: 4, Restarts: 0 });
        Assert.Equal(100, Connect().Open(other.Description, ShMemAccess.Read).Length);
    }

    [Fact]
    public async Task What_no_successor_comes_for_ends_with_its_grace_time()
    {
        _parent.Create(100);
        _parent.OnRestart(Limit);
        Assert.Equal(ShMemError.Invalid, Refused(() => _parent.OnRestart(TimeSpan.Zero)).Error);
        Assert.Equal(ShMemError.Invalid, Refused(() => _parent.OnRestart(TimeSpan.FromTicks(long.MinValue))).Error);
        var self = _parent.OnRestart(Limit);
        _parent.Dispose();
        await _fixture.HasConnections(1);
        await _fixture.Has(counts => counts.Restarts == 1);
        _clock.Advance(Limit);
        Assert.Equal(ShMemError.NotFound, Refused(() => _child.Succeed(self)).Error);
        await _fixture.HasSegments(0);
    }

    [Fact]
    public void Limits_are_named()
    {
        foreach (var limit in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromSeconds(29), TimeSpan.FromHours(2), TimeSpan.MinValue, TimeSpan.MaxValue])
            Assert.Equal(ShMemError.Invalid, Refused(() => _parent.PreFork(limit)).Error);
        for (var i = 0; i < ForkLedger.MostOpen; i++) _parent.PreFork(Limit);
        var refused = Refused(() => _parent.PreFork(Limit));
        Assert.Equal(ShMemError.LimitReached, refused.Error);
        Assert.Contains("1024", refused.Message);
        _child.PreFork(Limit);
    }

    /// <summary>The public way, by the process's own connection.</summary>
    [Fact]
    public void The_provider_has_it_all()
    {
        var provider = _fixture.Provider;
        using var map = provider.Create(100);
        var fork = provider.PreFork(Limit);
        provider.PostFork(fork, Environment.ProcessId);
        provider.AbortFork(fork);
        fork = provider.PreFork(Limit);
        // Its own child: a lease is a membership, and stays one.
        provider.ClaimFork(fork);
        Assert.Equal(ShMemError.Invalid, Refused(() => provider.Release(map.Id)).Error);
        var other = _parent.Create(100);
        var self = _parent.OnRestart(Limit);
        provider.Succeed(self);
        provider.AcknowledgeRestart(self);
        provider.Release(other.Id);
        Assert.Equal(provider.OnRestart(Limit), provider.OnRestart(Limit));
        Assert.Equal(ShMemError.NotFound, Refused(() => provider.Succeed(new HolderId(1, 1, 1))).Error);
        _fixture.Service.Dispose();
        Assert.Equal(ShMemError.NotFound, Refused(() => provider.PreFork(Limit)).Error);
    }

    private ServiceConnection Connect()
    {
        var connection = ServiceConnection.Open(_fixture.SocketPath, ServiceFixture.Name, ServiceFixture.Patience, "test");
        _connections.Add(connection);
        return connection;
    }

    private static bool IsPidfdOfUs(string fd)
    {
        try
        {
            return File.ReadLines(fd.Replace("/fd/", "/fdinfo/", StringComparison.Ordinal)).Contains($"Pid:\t{Environment.ProcessId}");
        }
        catch (IOException)
        {
            // Closed meanwhile.
            return false;
        }
    }

    private static Task<ShMemError?> Start(Func<ShMemError?> action) => Task.Run(action, TestContext.Current.CancellationToken);

    private static ShMemError? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (ShMemException e)
        {
            return e.Error;
        }
    }

    private static ShMemException Refused(Action action)
    {
        var refused = Assert.Throws<ShMemException>(action);
        Assert.NotEmpty(refused.Remedy);
        return refused;
    }
}
