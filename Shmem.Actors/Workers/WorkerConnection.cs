using Akka.Actor;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Slots;

namespace Shmem.Actors.Workers;

/// <summary>A worker's way to its broker. Thread-safe; nothing here blocks.</summary>
public sealed class WorkerConnection
{
    private readonly IActorRef _broker;
    private readonly IActorRef _self;
    private readonly HolderId _holder;
    private readonly WorkerLeases _leases;

    internal WorkerConnection(IActorRef broker, IActorRef self, HolderId holder, TimeSpan? limit = null)
    {
        _leases = new WorkerLeases(broker, holder, limit ?? TimeLimits.Ask);
        _broker = broker;
        _self = self;
        _holder = holder;
    }

    /// <summary>The target is loaded and warm: a slot may come. Told again until it comes.</summary>
    public void ReportReady() => _self.Tell(new ReportReady(_holder.ProcessNumber), ActorRefs.NoSender);

    /// <summary>
    /// Asks for a segment of the slot's log ahead of need. Asking again gives the same one: where no answer comes, a broken connection has taken it or the question along.
    /// </summary>
    /// <param name="slot">The slot.</param>
    /// <param name="generation">As <see cref="SlotAssigned"/> said.</param>
    /// <param name="sequence">The number of the segment within the log.</param>
    public void RequestNextSegment(int slot, int generation, int sequence) =>
        _broker.Tell(new RequestNextSegment(slot, generation, sequence), _self);

    /// <summary>
    /// Asks for a segment for states that are larger than an area of the slot's checkpoint. What was given for the area, and is large enough, is given again: where no answer
    /// comes, a broken connection has taken it or the question along.
    /// </summary>
    /// <param name="slot">The slot.</param>
    /// <param name="generation">As <see cref="SlotAssigned"/> said.</param>
    /// <param name="area">The area, as <see cref="SlotCheckpoint.NextArea"/> says.</param>
    /// <param name="size">Bytes, 1 to <see cref="SlotCheckpoint.LargestState"/>.</param>
    public void RequestCheckpointSegment(int slot, int generation, int area, int size) =>
        _broker.Tell(new RequestCheckpointSegment(slot, generation, area, size), _self);

    /// <summary>The work has ended as asked; the process exits now.</summary>
    public void ReportStopped() => _broker.Tell(new ReportStopped(_holder.ProcessNumber), _self);

    /// <summary>The process cannot go on, through no fault of the target. The broker is told until it kills it.</summary>
    public void ReportFailure(string reason) => _self.Tell(new ReportFailure(_holder.ProcessNumber, reason), ActorRefs.NoSender);

    /// <summary>
    /// Announces a child process before it is started: what this process holds is kept for it. The child gets the token from us, by whatever way, and claims with it; or
    /// we claim for it, where it cannot send messages (<see cref="ClaimForkAsync"/>, <see cref="ClaimForkServerAsync"/>).
    /// </summary>
    /// <param name="limit">How long it is kept unclaimed: 30 s to 1 h.</param>
    /// <exception cref="ShMemException">The broker refused.</exception>
    /// <exception cref="AskTimeoutException">The broker did not answer in time. What it may have kept ends by the limit.</exception>
    public Task<ForkPrepared> PreForkAsync(TimeSpan limit) => AskAsync<ForkPrepared>(new PreFork(_holder, limit));

    /// <summary>Tells the broker the child's pid: the child's death then ends the fork, even before it has claimed.</summary>
    /// <returns>The child as a holder of leases.</returns>
    /// <inheritdoc cref="PreForkAsync"/>
    /// <param name="fork">As it was announced.</param>
    /// <param name="childPid">The pid of the child, which must be running.</param>
    /// <exception cref="ShMemException">The broker refused, or the system does not say when the child was started.</exception>
    public async Task<HolderId> PostForkAsync(ForkPrepared fork, int childPid)
    {
        ArgumentNullException.ThrowIfNull(fork);
        var child = HolderId.Of(fork.ChildNumber, childPid);
        await AskAsync<ForkAcknowledged>(new PostFork(fork.Token, _holder, child)).ConfigureAwait(false);
        return child;
    }

    /// <summary>Claims for a child that cannot do so itself. A native fork server is claimed for by <see cref="ClaimForkServerAsync"/>.</summary>
    /// <inheritdoc cref="PreForkAsync"/>
    /// <param name="fork">As it was announced.</param>
    /// <param name="child">As <see cref="PostForkAsync"/> returned it.</param>
    public Task ClaimForkAsync(ForkPrepared fork, HolderId child)
    {
        ArgumentNullException.ThrowIfNull(fork);
        return AskAsync<ForkAcknowledged>(new ClaimFork(fork.Token, child));
    }

    /// <summary>
    /// Claims for a native fork server, before its first execution: one claim for the server, none for its executions. When it is gone, the child that it has reported last is
    /// killed, and its end awaited, before the server's leases end.
    /// </summary>
    /// <inheritdoc cref="PreForkAsync"/>
    /// <param name="fork">As it was announced.</param>
    /// <param name="server">As <see cref="PostForkAsync"/> returned it.</param>
    /// <param name="lastChild">A segment of the broker's, where this process says by <see cref="ForkServerChild"/> what the server has reported.</param>
    public Task ClaimForkServerAsync(ForkPrepared fork, HolderId server, ShMemId lastChild)
    {
        ArgumentNullException.ThrowIfNull(fork);
        return AskAsync<ForkAcknowledged>(new ClaimFork(fork.Token, server, lastChild));
    }

    /// <summary>No child came to be.</summary>
    /// <inheritdoc cref="PreForkAsync"/>
    /// <param name="fork">As it was announced.</param>
    public Task AbortForkAsync(ForkPrepared fork)
    {
        ArgumentNullException.ThrowIfNull(fork);
        return AskAsync<ForkAcknowledged>(new AbortFork(fork.Token, _holder));
    }

    /// <summary>
    /// This process is going to end, and another one shall go on with what it holds: writes its last checkpoint, and then tells the broker, which names this process to the
    /// next worker of its slot (<see cref="SlotAssigned.Predecessor"/>). Where the broker refuses, the checkpoint is written all the same.
    /// </summary>
    /// <inheritdoc cref="PreForkAsync"/>
    /// <param name="checkpoint">The slot's, of which this thread is the only writer.</param>
    /// <param name="state">The last state, at most <see cref="SlotCheckpoint.Room"/> bytes.</param>
    /// <param name="grace">How long the leases are kept, from the report of this process's death on; at most 1 h.</param>
    /// <exception cref="ArgumentException">The state is longer than that; nothing is written nor told.</exception>
    public Task OnRestartAsync(SlotCheckpoint checkpoint, ReadOnlySpan<byte> state, TimeSpan grace)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Write(state);
        return AskAsync<RestartAcknowledged>(new OnRestart(_holder, grace));
    }

    /// <summary>Takes over what another process left by <see cref="OnRestartAsync"/>. It stays kept until <see cref="AcknowledgeRestartAsync"/>.</summary>
    /// <inheritdoc cref="PreForkAsync"/>
    /// <param name="predecessor">That process, as <see cref="SlotAssigned.Predecessor"/> names it.</param>
    public Task SucceedAsync(HolderId predecessor) => AskAsync<RestartAcknowledged>(new SucceedHolder(predecessor, _holder));

    /// <summary>This process has opened what it needs of its predecessor's: the rest may be freed.</summary>
    /// <inheritdoc cref="PreForkAsync"/>
    /// <param name="predecessor">That process.</param>
    public Task AcknowledgeRestartAsync(HolderId predecessor) => AskAsync<RestartAcknowledged>(new AcknowledgeRestart(predecessor, _holder));

    /// <summary>
    /// Holds a segment for this process, so that it lives whoever else lets it go. Each call wants a <see cref="ReleaseAsync"/>; the broker is asked by the first
    /// and told by the last one. What the broker has told this process of is held already.
    /// </summary>
    /// <param name="id">A segment that lives.</param>
    /// <returns>How it can be opened.</returns>
    /// <exception cref="ShMemException">The broker refused.</exception>
    /// <exception cref="AskTimeoutException">The broker did not answer in time. It is not held: a release follows the request, should that be granted late.</exception>
    public Task<ShMemDescription> AcquireAsync(ShMemId id) => _leases.AcquireAsync(id);

    /// <summary>Ends what <see cref="AcquireAsync"/> began. What the broker has told this process of stays held until the process ends.</summary>
    /// <param name="id">The segment.</param>
    /// <exception cref="ShMemException">This process does not hold it.</exception>
    /// <exception cref="AskTimeoutException">The broker did not answer in time. It is released when the broker reads the request.</exception>
    public Task ReleaseAsync(ShMemId id) => _leases.ReleaseAsync(id);

    /// <summary>The broker has told of a segment.</summary>
    internal void Given(in ShMemDescription segment) => _leases.Given(segment);

    private Task<T> AskAsync<T>(ICampaignRequest request) where T : class => _leases.AskAsync<T>(request);
}
