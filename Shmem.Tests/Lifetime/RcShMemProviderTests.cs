using System.Runtime.CompilerServices;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

public sealed class RcShMemProviderTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private readonly RcShMemProvider _provider;

    /// <summary>Kept until the test lets it go: others of this process collect at any time.</summary>
    private ShMem? _lost;

    public RcShMemProviderTests() => _provider = new RcShMemProvider(new HeapShMemProvider(), _time);

    public void Dispose() => _provider.Dispose();

    [Fact]
    public void A_segment_lives_while_this_process_has_any_view_of_it()
    {
        var first = _provider.Create(100);
        var opened = _provider.Open(first.Description);
        var clone = opened.Clone();
        Assert.Equal(1, _provider.Count(first.Id));

        first.Dispose();
        opened.Dispose();
        Assert.True(Opens(first.Description));
        clone.Dispose();

        Assert.False(Opens(first.Description));
        Assert.Equal(0, _provider.Segments);
    }

    // LESSONS: "RcShMem over any provider: create + drop in a loop: never frees": freed when the last lease ends; 1,000,000 in a loop (SHMEM_LONG=1).
    [Fact]
    public void Segments_one_after_the_other_are_all_freed()
    {
        var rounds = LongMode.IsOn ? 1_000_000 : 100_000;
        for (var i = 0; i < rounds; i++)
        {
            using var segment = _provider.Create(64);
            using var clone = segment.Clone();
            clone.Span[0] = 1;
        }

        Assert.Equal(0, _provider.Segments);
    }

    [Fact]
    public void What_a_disposed_provider_refuses_to_create_is_not_left()
    {
        var heap = new RecordingProvider();
        var provider = new RcShMemProvider(heap);
        provider.Dispose();
        Assert.Throws<ObjectDisposedException>(() => provider.Create(100));
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => heap.Open(heap.Created)).Error);
    }

    [Fact]
    public void A_child_holds_what_its_parent_held_when_it_was_announced()
    {
        var map = _provider.Create(100);
        var fork = _provider.PreFork(Limit);
        var later = _provider.Create(100);
        Assert.Equal(1, fork.Leases);
        map.Dispose();
        later.Dispose();
        Assert.False(Opens(later.Description));
        Assert.True(Opens(map.Description));
        var child = new HolderId(fork.ChildNumber, 5, 6);

        _provider.PostFork(fork.Token, child);
        _provider.ClaimFork(fork.Token, child);
        _provider.ClaimFork(fork.Token, child);
        _time.Advance(2 * Limit);
        Assert.True(Opens(map.Description));
        _provider.HolderGone(child);

        Assert.False(Opens(map.Description));
    }

    [Fact]
    public void A_child_that_has_claimed_announces_reports_and_aborts_children_of_its_own()
    {
        var map = _provider.Create(100);
        var first = _provider.PreFork(Limit);
        var child = new HolderId(first.ChildNumber, 5, 6);
        _provider.ClaimFork(first.Token, child);
        map.Dispose();
        var (second, third) = (_provider.PreFork(Limit, child), _provider.PreFork(Limit, child));
        Assert.Equal((1, 1), (second.Leases, third.Leases));
        var grandchild = new HolderId(second.ChildNumber, 7, 8);
        Refused(ShMemError.Denied, () => _provider.PostFork(second.Token, grandchild));
        Refused(ShMemError.Denied, () => _provider.AbortFork(third.Token));
        _provider.PostFork(second.Token, grandchild, child);
        _provider.ClaimFork(second.Token, grandchild);
        _provider.AbortFork(third.Token, child);
        _provider.HolderGone(child);
        Assert.True(Opens(map.Description));
        _provider.HolderGone(grandchild);
        Assert.False(Opens(map.Description));
    }

    [Fact]
    public void Whoever_created_a_segment_owns_it_and_nobody_else_does()
    {
        using var created = _provider.Create(100);
        using var opened = _provider.Open(created.Description);
        Assert.Equal((true, false), (created.IsOwner, opened.IsOwner));
        Assert.Throws<ArgumentNullException>(() => new RcShMemProvider(null!));
        Assert.Equal(default, (_provider.Capabilities.Names, _provider.Capabilities.Persists, _provider.Capabilities.HugePages, _provider.Capabilities.PublishOnce));
    }

    [Fact]
    public void A_refusal_names_what_was_asked()
    {
        var (old, next, token) = (new HolderId(8, 80, 1), new HolderId(9, 90, 1), new ForkToken(77));
        var id = ShMemId.Parse("heap:4711");
        Named("announce a fork of process 0 (pid ", () => _provider.PreFork(TimeSpan.Zero));
        Named("announce a fork of process 8 (pid 80)", () => _provider.PreFork(TimeSpan.Zero, old));
        Named("report process 9 (pid 90) for fork 77", () => _provider.PostFork(token, next));
        Named("claim fork 77 for process 9 (pid 90)", () => _provider.ClaimFork(token, next));
        Named("abort fork 77", () => _provider.AbortFork(token));
        Named("acquire heap:4711 for process 8 (pid 80)", () => _provider.Acquire(old, id));
        Named("release heap:4711 of process 8 (pid 80)", () => _provider.Release(old, id));
        Named("reserve the leases of process 8 (pid 80)", () => _provider.OnRestart(old, TimeSpan.Zero));
        Named("succeed process 8 (pid 80) by process 9 (pid 90)", () => _provider.Succeed(old, next));
        Named("acknowledge process 8 (pid 80) by process 9 (pid 90)", () => _provider.AcknowledgeRestart(old, next));
        Assert.Contains("holds a segment by its views", Assert.Throws<ArgumentException>(() => _provider.Acquire(_provider.Self, id)).Message);

        static void Named(string operation, Action action) => Assert.StartsWith(operation, Assert.Throws<ShMemException>(action).Message);
    }

    [Fact]
    public void One_timer_runs_when_something_is_due_and_at_no_other_time()
    {
        var child = new HolderId(_provider.PreFork(Limit).ChildNumber, 5, 6);
        _provider.PreFork(2 * Limit);
        for (var step = 0; step < 29; step++) _time.Advance(Limit / 30);
        Assert.Equal((0, 1), (_time.Runs, _time.Timers));
        _provider.HolderGone(child);
        _time.Advance(Limit / 30);
        _time.Advance(Limit / 30);
        Assert.Equal((1, 1), (_time.Runs, _time.Timers));
        _provider.Dispose();
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public void A_token_that_nobody_claims_ends_by_its_time_limit()
    {
        var map = _provider.Create(100);
        var first = _provider.PreFork(Limit);
        _time.Advance(Limit / 2);
        _provider.PreFork(Limit);
        map.Dispose();

        _time.Advance(Limit / 2);
        Assert.True(Opens(map.Description));
        _time.Advance(Limit / 2 - TimeSpan.FromMilliseconds(1));
        Assert.True(Opens(map.Description));
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.False(Opens(map.Description));
        Refused(ShMemError.NotFound, () => _provider.ClaimFork(first.Token, new HolderId(first.ChildNumber, 5, 6)));
    }

    [Fact]
    public void A_restart_is_bridged_and_the_old_leases_end_with_the_acknowledgement()
    {
        var map = _provider.Create(100);
        var (old, next) = (new HolderId(1, 10, 1), new HolderId(2, 20, 1));
        _provider.Acquire(old, map.Id);
        map.Dispose();
        _provider.OnRestart(old, Limit);
        _provider.HolderGone(old);
        Assert.Equal(0, _provider.Count(map.Id));
        Assert.True(Opens(map.Description));

        _provider.Succeed(old, next);
        _provider.AcknowledgeRestart(old, next);
        Assert.Equal(1, _provider.Count(map.Id));
        _provider.Release(next, map.Id);

        Assert.False(Opens(map.Description));
    }

    [Fact]
    public void What_is_refused_says_why_and_changes_nothing()
    {
        using var map = _provider.Create(100);
        var stranger = new HolderId(9, 9, 9);
        Refused(ShMemError.Invalid, () => _provider.PreFork(TimeSpan.FromSeconds(1)));
        Refused(ShMemError.NotFound, () => _provider.Release(stranger, map.Id));
        Refused(ShMemError.NotFound, () => _provider.AbortFork(new ForkToken(77)));
        Refused(ShMemError.NotFound, () => _provider.Succeed(stranger, new HolderId(8, 8, 8)));
        _provider.HolderGone(stranger);
        Refused(ShMemError.NotFound, () => _provider.Acquire(stranger, map.Id));
        Assert.Throws<ArgumentException>(() => _provider.Release(_provider.Self, map.Id));
        Assert.Throws<ArgumentException>(() => _provider.HolderGone(_provider.Self));
        Assert.Equal(1, _provider.Count(map.Id));
        map.Span[99] = 1;
    }

    [Fact]
    public void A_size_that_does_not_fit_costs_no_lease()
    {
        var map = _provider.Create(100);
        Refused(ShMemError.TooSmall, () => _provider.Open(map.Description with { Size = 101 }));
        map.Dispose();

        Assert.Equal(0, _provider.Segments);
    }

    [Fact]
    public void A_segment_of_somebody_else_is_opened_and_not_counted()
    {
        using var foreign = new HeapShMemProvider().Create(100);
        using (var view = _provider.Open(foreign.Description)) view.Span[0] = 7;

        Assert.Equal(7, foreign.Span[0]);
        Assert.Equal(0, _provider.Segments);
    }

    [Fact]
    public void Its_end_lets_every_segment_go_and_leaves_the_views()
    {
        var view = _provider.Create(100);
        var fork = _provider.PreFork(Limit);
        _provider.Dispose();
        _provider.Dispose();

        Assert.Throws<ObjectDisposedException>(() => _provider.Create(1));
        Assert.Throws<ObjectDisposedException>(() => _provider.Open(view.Description));
        Assert.Throws<ObjectDisposedException>(() => _provider.ClaimFork(fork.Token, default));
        _time.Advance(2 * Limit);
        view.Span[99] = 3;
        Assert.Equal(3, view.Span[99]);
        view.Dispose();
        Assert.Throws<ShMemException>(() => new HeapShMemProvider().Open(view.Description));
    }

    [Fact]
    public async Task A_view_that_is_lost_is_counted_out_by_the_collector()
    {
        var lost = Create();
        Assert.Equal(1, _provider.Count(lost));
        _lost = null;

        await Waiting.UntilCollected(() => _provider.Segments == 0, TimeSpan.FromSeconds(60), "the lost view is counted out");

        [MethodImpl(MethodImplOptions.NoInlining)]
        ShMemId Create() => (_lost = _provider.Create(100)).Id;
    }

    private static bool Opens(ShMemDescription description)
    {
        try
        {
            new HeapShMemProvider().Open(description).Dispose();
            return true;
        }
        catch (ShMemException)
        {
            return false;
        }
    }

    private static void Refused(ShMemError error, Action action)
    {
        var refused = Assert.Throws<ShMemException>(action);
        Assert.Equal((error, refused.Message), (refused.Error, refused.Message));
        Assert.NotEmpty(refused.Remedy);
    }

    /// <summary>Tells what was created.</summary>
    private sealed class RecordingProvider : ShMemProvider
    {
        private readonly HeapShMemProvider _heap = new();

        public override string Scheme => _heap.Scheme;

        public override ShMemCapabilities Capabilities => _heap.Capabilities;

        public ShMemDescription Created { get; private set; }

        protected internal override ShMem CreateCore(long size)
        {
            var segment = _heap.CreateCore(size);
            Created = segment.Description;
            return segment;
        }

        protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access) => _heap.OpenCore(description, access);
    }
}
