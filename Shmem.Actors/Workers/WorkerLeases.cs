using Akka.Actor;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// What a worker holds, counted here: of however many users within the process, the first sends the acquire and the last the release. The broker's word counts as one user,
/// whenever it comes. An acquire that is not answered in
/// time is followed by a release, since the broker may grant it yet. Thread-safe; the requests take turns.
/// </summary>
internal sealed class WorkerLeases(IActorRef broker, HolderId holder, TimeSpan limit)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ShMemId, (ShMemDescription Segment, int Count, bool IsGiven)> _held = [];
    private Task _turn = Task.CompletedTask;

    /// <summary>The broker has told of a segment, and holds it for this process: its first user is the process itself.</summary>
    public void Given(in ShMemDescription segment)
    {
        lock (_lock)
        {
            var held = _held.GetValueOrDefault(segment.Id);
            if (!held.IsGiven) _held[segment.Id] = (segment, held.Count + 1, IsGiven: true);
        }
    }

    public Task<ShMemDescription> AcquireAsync(ShMemId id) => InTurn(async () =>
    {
        lock (_lock)
        {
            if (_held.TryGetValue(id, out var held))
            {
                _held[id] = held with { Count = held.Count + 1 };
                return held.Segment;
            }
        }

        try
        {
            var granted = await AskAsync<LeaseGranted>(new AcquireLease(holder, id)).ConfigureAwait(false);
            lock (_lock)
            {
                var given = _held.GetValueOrDefault(id);
                _held[id] = given with { Segment = granted.Segment, Count = given.Count + 1 };
            }

            return granted.Segment;
        }
        catch (AskTimeoutException)
        {
            // Whatever becomes of the acquire, the broker gets this after it. Nobody waits for what it answers.
            lock (_lock)
                if (!_held.ContainsKey(id)) broker.Tell(new ReleaseLease(holder, id), ActorRefs.NoSender);
            throw;
        }
    });

    public Task ReleaseAsync(ShMemId id) => InTurn(async () =>
    {
        lock (_lock)
        {
            if (_held.TryGetValue(id, out var held) && held.Count > 1)
            {
                _held[id] = held with { Count = held.Count - 1 };
                return true;
            }

            // Also where the broker does not answer: it gets the release all the same, or nothing more from us at all.
            _held.Remove(id);
        }

        await AskAsync<LeaseReleased>(new ReleaseLease(holder, id)).ConfigureAwait(false);
        return true;
    });

    public async Task<T> AskAsync<T>(ICampaignRequest request) where T : class => await broker.Ask<object>(request, limit).ConfigureAwait(false) switch
    {
        T answer => answer,
        RequestRefused refused => throw new ShMemException(refused.Error, request.GetType().Name, refused.Why, refused.Remedy),
        var other => throw new InvalidOperationException($"{request.GetType().Name} was answered by {other.GetType().Name}."),
    };

    private async Task<T> InTurn<T>(Func<Task<T>> request)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_lock) (before, _turn) = (_turn, done.Task);
        await before.ConfigureAwait(false);
        try
        {
            return await request().ConfigureAwait(false);
        }
        finally
        {
            done.SetResult();
        }
    }
}
