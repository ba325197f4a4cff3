using Akka.Actor;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>The campaign's segments: the provider actor owns them, the broker process is their first holder. Thread-safe.</summary>
/// <param name="owner">The provider actor.</param>
/// <param name="provider">Opens them.</param>
/// <param name="broker">The broker process.</param>
/// <param name="limit">How long the actor may take; null for <see cref="TimeLimits.Ask"/>.</param>
internal sealed class BrokerSegments(IActorRef owner, ShMemProvider provider, HolderId broker, TimeSpan? limit = null) : ISegmentSource
{
    private readonly TimeSpan _limit = limit ?? TimeLimits.Ask;

    /// <summary>Tells that a segment was refused, with its purpose and what to do about it. Raised on any thread.</summary>
    public event Action<string>? Refused;

    /// <inheritdoc/>
    /// <exception cref="AskTimeoutException">The actor did not answer in time. Should it grant the segment yet, that is released.</exception>
    public async Task<ShMem> CreateAsync(long size, string purpose) => await AskAsync(size, purpose).ConfigureAwait(false) switch
    {
        SegmentCreated created => OpenGranted(created.Segment),
        RequestRefused refused => throw Refuse(new ShMemException(refused.Error, $"create the segment for the {purpose}", refused.Why, refused.Remedy)),
        var answer => throw new InvalidOperationException($"The provider of shared memory answered {answer.GetType().Name}."),
    };

    /// <summary>As <see cref="CreateAsync"/>, for callbacks that have to answer at once: it takes a fraction of a millisecond.</summary>
    /// <exception cref="ShMemException">It was refused, or no answer came in time.</exception>
    public ShMem Create(long size, string purpose)
    {
        try
        {
            return CreateAsync(size, purpose).GetAwaiter().GetResult();
        }
        catch (AskTimeoutException late)
        {
            throw new ShMemException(ShMemError.Os, $"create the segment for the {purpose}", late.Message.TrimEnd('.'), "Try again.");
        }
    }

    /// <inheritdoc/>
    public ShMem Open(ShMemDescription description) => provider.Open(description);

    /// <inheritdoc/>
    public void Release(ShMemDescription segment) => owner.Tell(new ReleaseLease(broker, segment.Id));

    /// <summary>Not by a limit of the question's own: a segment that is granted after it nobody would ever release.</summary>
    private async Task<object> AskAsync(long size, string purpose)
    {
        var asked = owner.Ask<object>(new CreateSegment(size, broker, purpose), Timeout.InfiniteTimeSpan);
        try
        {
            return await asked.WaitAsync(_limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _ = ReleaseLateAsync(asked);
            throw new AskTimeoutException($"The provider of shared memory did not answer within {_limit.TotalSeconds:0.#} s.");
        }
    }

    private async Task ReleaseLateAsync(Task<object> asked)
    {
        if (await asked.ConfigureAwait(false) is SegmentCreated late) Release(late.Segment);
    }

    /// <summary>What cannot be opened would be held, and unknown, until the campaign's end.</summary>
    private ShMem OpenGranted(ShMemDescription granted)
    {
        try
        {
            return provider.Open(granted);
        }
        catch
        {
            Release(granted);
            throw;
        }
    }

    private ShMemException Refuse(ShMemException refused)
    {
        Refused?.Invoke(refused.Message);
        return refused;
    }
}
