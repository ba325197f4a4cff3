namespace Shmem.Backends.Lifetime;

/// <summary>
/// Counts who holds the segments of another provider, and frees each when its last holder is gone: this process, which holds a segment while it has any view of it,
/// and processes that it started, which hold what they were given. The counterpart in one process of what <c>RcShMemProviderActor</c> is for a campaign.
/// </summary>
/// <remarks>
/// <para>
/// A process that is about to start a child announces it by <see cref="PreFork"/>: the leases of the parent are kept for the child before it exists. The child (or
/// who speaks for it) claims them by <see cref="ClaimFork"/>; the parent reports its pid by <see cref="PostFork"/>, before or after that; if nothing comes of it,
/// <see cref="AbortFork"/> or the time limit ends it. <see cref="HolderGone"/> is called when the operating system has said that a process is gone, and for no other
/// reason.
/// </para>
/// <para>
/// <code>
/// using var provider = new RcShMemProvider(new StdShMemProvider());
/// using var map = provider.Create(65536);
/// var fork = provider.PreFork(TimeSpan.FromSeconds(30));
/// // … start the child, and tell it map.Description …
/// var child = HolderId.Of(fork.ChildNumber, process.Id);
/// provider.ClaimFork(fork.Token, child);
/// // From here on the segment outlives our own view of it. When the child has exited:
/// provider.HolderGone(child);
/// </code>
/// </para>
/// <para>
/// Every member may be used from any thread. Segments that were created elsewhere are opened as the other provider does, and are not counted.
/// </para>
/// </remarks>
public sealed partial class RcShMemProvider : ShMemProvider, IDisposable
{
    private readonly ShMemProvider _provider;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly LifetimeLedger _ledger = new();
    private readonly Dictionary<ShMemId, Held> _held = [];

    /// <summary>Segments that nobody holds any more and that are about to go.</summary>
    private readonly HashSet<ShMemId> _ending = [];

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private TimeSpan? _armed;
    private bool _disposed;

    /// <summary>Counts the holders of a provider's segments.</summary>
    /// <param name="provider">Who creates and opens them.</param>
    /// <param name="time">The clock of the time limits; null for the system's.</param>
    public RcShMemProvider(ShMemProvider provider, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(provider);
        _provider = provider;
        _time = time ?? TimeProvider.System;
        _start = _time.GetTimestamp();
    }

    /// <summary>This process as a holder: number 0.</summary>
    public HolderId Self { get; } = new(0, Environment.ProcessId, 0);

    /// <inheritdoc/>
    public override string Scheme => _provider.Scheme;

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities => _provider.Capabilities with { HugePages = false, Names = false, Persists = false, PublishOnce = false };

    /// <summary>Segments that somebody holds, or that are kept for somebody.</summary>
    public int Segments
    {
        get
        {
            lock (_lock) return _ledger.Leases.Segments;
        }
    }

    /// <summary>How many processes hold a segment; 0 when it does not live.</summary>
    public int Count(ShMemId id)
    {
        lock (_lock) return _ledger.Leases.Count(id);
    }

    /// <summary>Lets all segments go, whoever held them. Views that this process still has stay valid until they are disposed.</summary>
    public void Dispose()
    {
        List<Held> held;
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            held = [.. _held.Values];
            _held.Clear();
        }

        // Not within the lock: a callback that waits for it may be running.
        _timer?.Dispose();
        foreach (var segment in held) segment.Owner.Dispose();
    }

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        var owner = _provider.CreateCore(size);
        var description = owner.Description;
        var view = owner.Clone();
        try
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                if (_ledger.Leases.Add(Self, description.Id) is var outcome and not LeaseOutcome.Granted)
                    throw LeaseRefusal.Of(outcome, $"create {description.Id}");
                _held.Add(description.Id, new Held(owner) { Views = 1 });
            }

            return new ShMem(new RcMapping(this, view), description, isOwner: true);
        }
        catch
        {
            view.Dispose();
            owner.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        Held? held;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // Held from here on, so it cannot go while it is being opened.
            if (_held.TryGetValue(description.Id, out held))
            {
                if (held.Views++ == 0) _ledger.Leases.Acquire(Self, description.Id);
            }
            else if (_ending.Contains(description.Id)) throw LeaseRefusal.Of(LeaseOutcome.NoSuchSegment, $"open {description.Id}");
        }

        if (held is null) return _provider.OpenCore(description, access);
        try
        {
            return new ShMem(new RcMapping(this, _provider.OpenCore(description, access)), description, isOwner: false);
        }
        catch
        {
            LetGo(description.Id);
            throw;
        }
    }

    /// <summary>A user's view has ended, with its clones and leases. Also called by the finalizer of one that was lost.</summary>
    internal void Ended(ShMem view)
    {
        view.Dispose();
        LetGo(view.Id);
    }

    private TimeSpan Now => _time.GetElapsedTime(_start);

    private void LetGo(ShMemId id)
    {
        List<ShMem> freed;
        lock (_lock)
        {
            // A provider that was disposed has let it go.
            if (!_held.TryGetValue(id, out var held) || --held.Views > 0) return;
            _ledger.Leases.Release(Self, id);
            freed = Free();
        }

        End(freed);
    }

    private void Expire()
    {
        List<ShMem> freed;
        lock (_lock)
        {
            if (_disposed) return;
            _armed = null;
            _ledger.Expire(Now);
            freed = Settle();
        }

        End(freed);
    }

    /// <summary>Within the lock: frees what is free, and sets the timer.</summary>
    /// <returns>As <see cref="Free"/>.</returns>
    private List<ShMem> Settle()
    {
        var freed = Free();
        _ledger.Forks.TakeEnded();
        if (_ledger.NextDue == _armed) return freed;
        _armed = _ledger.NextDue;
        _timer ??= _time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A timer counts whole milliseconds: rounded up, or it would come too early.
        var wait = _armed - Now is { } left ? TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling(left.TotalMilliseconds))) : Timeout.InfiniteTimeSpan;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
        return freed;
    }

    /// <summary>Within the lock: from here on nobody opens what is free.</summary>
    /// <returns>What <see cref="End"/> ends.</returns>
    private List<ShMem> Free()
    {
        List<ShMem> owners = [];
        foreach (var freed in _ledger.Leases.TakeFreed())
        {
            if (!_held.Remove(freed, out var held)) continue;
            _ending.Add(freed);
            owners.Add(held.Owner);
        }

        return owners;
    }

    /// <summary>Not within the lock: of a service's segment the end is told to the service, which may let us wait.</summary>
    private void End(List<ShMem> freed)
    {
        foreach (var owner in freed)
        {
            owner.Dispose();
            lock (_lock) _ending.Remove(owner.Id);
        }
    }

    /// <summary>A segment, kept openable by a view that no user sees.</summary>
    private sealed class Held(ShMem owner)
    {
        public ShMem Owner { get; } = owner;

        /// <summary>How many views, with all their clones, users have.</summary>
        public int Views { get; set; }
    }
}
