using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>The segments of a service and what keeps them: connections, forks, restarts, and its own process. Not thread-safe: <see cref="ServiceLoop"/> lets one thread in at a time.</summary>
/// <param name="service">The service's name.</param>
/// <param name="files">Of what segments are made.</param>
/// <param name="mostOpenForks">How many unclaimed forks a connection may have.</param>
internal sealed class ServiceSegments(string service, ISegmentFiles files, int mostOpenForks = ForkLedger.MostOpen) : IDisposable
{
    /// <summary>The service's own process, as the holder of what it offers. Connections count from 1.</summary>
    private static readonly HolderId Own = new(0, 0, 0);

    // Its tokens begin somewhere: one of an earlier service of this name is hardly ever one of ours.
    private readonly LifetimeLedger _ledger = new(Random.Shared.NextInt64(1, 1L << 52), mostOpenForks);
    private readonly Dictionary<ShMemId, Segment> _segments = [];

    /// <summary>Which connection has claimed which forks. Two connections of one process are two holders.</summary>
    private readonly Dictionary<HolderId, HashSet<ForkToken>> _claimed = [];

    // From 60 random bits of the system up, so that an id of an earlier service of this name names nothing here. (A RandomNumberGenerator loads OpenSSL.)
    private ulong _next = BinaryPrimitives.ReadUInt64LittleEndian(Guid.NewGuid().ToByteArray());

    private TimeSpan _now;

    /// <summary>What there is.</summary>
    /// <param name="connections">How many connections the service has.</param>
    public ServiceCounts Count(int connections) => new(connections, _segments.Count, _ledger.Leases.Holders, _ledger.Leases.Leases, _ledger.Forks.Open, _ledger.Restarts.Reserved);

    /// <summary>The children of forks whose death nobody else would tell.</summary>
    public ChildWatch Children { get; } = new();

    /// <summary>When <see cref="Expire"/> has something to do next; null for never.</summary>
    public TimeSpan? NextDue => _ledger.NextDue;

    /// <summary>Makes a segment, held by its creator.</summary>
    /// <exception cref="ShMemException">It cannot be.</exception>
    public Segment Create(HolderId holder, long size)
    {
        var purpose = $"create served segment of {size} bytes";
        if (size < 1) throw new ShMemException(ShMemError.Invalid, purpose, "a segment has at least one byte", "Ask for a size of 1 or more.");
        if (size > ShMemCapabilities.AddressSpace)
            throw new ShMemException(ShMemError.LimitReached, purpose, $"a process can address {ShMemCapabilities.AddressSpace} bytes", "Ask for less.");
        var id = new ServedId(service, _next++).ToId();
        var segment = new Segment(new ShMemDescription(id, size, service), files.Create(size));
        _segments.Add(id, segment);
        _ledger.Leases.Add(holder, id);
        return segment;
    }

    /// <summary>Hands out what this process has made itself, until it is withdrawn. Again changes nothing.</summary>
    /// <param name="description">What it is.</param>
    /// <param name="file">A descriptor of it; owned from here on.</param>
    /// <returns>What says that this service has it.</returns>
    public ShMemDescription Offer(in ShMemDescription description, SafeFileHandle file)
    {
        var offered = new Segment(description with { Service = service }, file);
        if (_segments.TryAdd(description.Id, offered))
        {
            _ledger.Leases.Add(Own, description.Id);
        }
        else
        {
            // Offered twice, or withdrawn while a client has it: the first descriptor serves.
            file.Dispose();
            _ledger.Leases.Acquire(Own, description.Id);
        }

        return offered.Description;
    }

    /// <summary>Hands it out no more on the service's own account; who has it keeps it.</summary>
    /// <returns>False where it was not offered.</returns>
    public bool Withdraw(ShMemId id)
    {
        var withdrawn = !LeaseRefusal.IsRefusal(_ledger.Leases.Release(Own, id));
        Settle();
        return withdrawn;
    }

    /// <summary>Gives a holder a lease, if it has none yet.</summary>
    /// <param name="holder">The holder.</param>
    /// <param name="id">The segment.</param>
    /// <param name="isNew">False where it had one: by an earlier open, a fork or a restart.</param>
    /// <exception cref="ShMemException">No such segment lives.</exception>
    public Segment Open(HolderId holder, ShMemId id, out bool isNew)
    {
        var outcome = _ledger.Leases.Acquire(holder, id);
        Check(outcome, "open", id);
        isNew = outcome != LeaseOutcome.AlreadyHeld;
        return _segments[id];
    }

    /// <summary>Ends a holder's lease, and with the last one the segment.</summary>
    /// <exception cref="ShMemException">The holder has no lease on it; nothing has changed.</exception>
    public void Release(HolderId holder, ShMemId id)
    {
        Check(_ledger.Leases.Release(holder, id), "release", id);
        Settle();
    }

    /// <summary>Keeps what a connection holds for a child that it is about to start.</summary>
    /// <exception cref="ShMemException">The limit is out of range, or it has too many forks that nobody has claimed.</exception>
    public PreparedFork PreFork(HolderId parent, TimeSpan limit)
    {
        Check(_ledger.Forks.Prepare(parent, limit, _now, out var prepared), $"announce a fork of {parent}");
        return prepared;
    }

    /// <summary>The parent knows its child, whose death from here on ends the fork.</summary>
    /// <exception cref="ShMemException">The token has ended or was never given, or it is about others.</exception>
    public void PostFork(ForkToken token, HolderId parent, HolderId child)
    {
        var outcome = _ledger.Forks.Report(token, parent, child);
        Check(outcome, $"report {child} for {token}");
        if (outcome == LeaseOutcome.Done && !Children.TryAdd(child)) _ledger.Forks.HolderGone(child);
        Settle();
    }

    /// <summary>What was kept for a child becomes the claiming connection's.</summary>
    /// <param name="token">The fork.</param>
    /// <param name="child">Who the connection's process says that it is.</param>
    /// <param name="claimant">The connection. As its end ends its leases, they are its, and not the child's as the parent knows it.</param>
    /// <exception cref="ShMemException">The token has ended or was never given, or it is another process's.</exception>
    public void ClaimFork(ForkToken token, HolderId child, HolderId claimant)
    {
        var outcome = _ledger.Forks.Claim(token, child);
        if (outcome == LeaseOutcome.AlreadyDone && !(_claimed.TryGetValue(claimant, out var own) && own.Contains(token))) outcome = LeaseOutcome.NotTheChild;
        Check(outcome, $"claim {token} for {child}");
        if (outcome != LeaseOutcome.Done) return;
        if (!_claimed.TryGetValue(claimant, out own)) _claimed.Add(claimant, own = []);
        own.Add(token);
        _ledger.Leases.Move(Keeper.Lease(child), Keeper.Lease(claimant));
        Settle();
    }

    /// <summary>No child came to be.</summary>
    /// <exception cref="ShMemException">The child has claimed, which was first; or the token has ended, or is another connection's.</exception>
    public void AbortFork(ForkToken token, HolderId parent)
    {
        Check(_ledger.Forks.Abort(token, parent), $"abort {token}");
        Settle();
    }

    /// <summary>Keeps what a connection holds when it ends, for a successor.</summary>
    /// <exception cref="ShMemException">The time is out of range.</exception>
    public void OnRestart(HolderId holder, TimeSpan grace) => Check(_ledger.Restarts.Announce(holder, grace), $"reserve the leases of {holder}");

    /// <summary>A connection gets what another one left, which stays kept until it is acknowledged.</summary>
    /// <exception cref="ShMemException">Nothing is reserved, or another one has succeeded it.</exception>
    public void Succeed(HolderId predecessor, HolderId successor) =>
        Check(_ledger.Restarts.Succeed(predecessor, successor), $"succeed {predecessor} by {successor}");

    /// <summary>The successor has opened what it needs.</summary>
    /// <exception cref="ShMemException">Nothing is reserved, or another one has succeeded it.</exception>
    public void AcknowledgeRestart(HolderId predecessor, HolderId successor)
    {
        Check(_ledger.Restarts.Acknowledge(predecessor, successor), $"acknowledge {predecessor} by {successor}");
        Settle();
    }

    /// <summary>A connection has ended, or the system has said so of a watched child: so have its leases, except what it reserved for a successor.</summary>
    /// <param name="holder">The connection's holder, or the child.</param>
    public void HolderGone(HolderId holder)
    {
        _claimed.Remove(holder);
        _ledger.HolderGone(holder, _now);
        Settle();
    }

    /// <summary>Time has gone on: what was kept, and nobody came for in time, ends.</summary>
    /// <param name="now">On a clock that only goes forward.</param>
    public void Expire(TimeSpan now)
    {
        _now = now;
        if (!(_ledger.NextDue <= now)) return;
        _ledger.Expire(now);
        Settle();
    }

    public void Dispose()
    {
        foreach (var segment in _segments.Values) segment.File.Dispose();
        _segments.Clear();
        Children.Dispose();
    }

    /// <summary>Closes the files of what nothing keeps any more, and watches no child whose fork has ended. Mappings stay valid.</summary>
    private void Settle()
    {
        foreach (var fork in _ledger.Forks.TakeEnded())
        {
            if (fork.Child is { } child) Children.Remove(child);
        }

        foreach (var freed in _ledger.Leases.TakeFreed())
        {
            _segments.Remove(freed, out var segment);
            segment.File.Dispose();
        }
    }

    private void Check(LeaseOutcome outcome, string what, ShMemId id)
    {
        if (outcome == LeaseOutcome.NoSuchSegment)
        {
            throw new ShMemException(ShMemError.NotFound, $"{what} {(id.IsEmpty ? "an empty id" : id)}",
                $"service '{service}' has no such segment", "Its last holder released it or is gone: ask for a new description.");
        }

        Check(outcome, $"{what} {id}");
    }

    private static void Check(LeaseOutcome outcome, string operation)
    {
        if (LeaseRefusal.IsRefusal(outcome)) throw LeaseRefusal.Of(outcome, operation);
    }

    /// <summary>A segment and its file, which the service owns.</summary>
    internal readonly record struct Segment(ShMemDescription Description, SafeFileHandle File);
}
