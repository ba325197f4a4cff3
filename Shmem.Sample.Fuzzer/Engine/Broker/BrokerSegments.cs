using Akka.Actor;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>The campaign's segments: the provider actor owns them, the broker process is their first holder. Thread-safe.</summary>
internal sealed class BrokerSegments(IActorRef owner, ShMemProvider provider, HolderId broker) : ISegmentSource
{
    /// <summary>Tells that a segment was refused, with its purpose and what to do about it. Raised on any thread.</summary>
    public event Action<string>? Refused;

    /// <inheritdoc/>
    public async Task<ShMem> CreateAsync(long size, string purpose)
    {
        var answer = await owner.Ask<object>(new CreateSegment(size, broker, purpose), TimeLimits.Ask).ConfigureAwait(false);
        return answer switch
        {
            SegmentCreated created => provider.Open(created.Segment),
            RequestRefused refused => throw Refuse(new ShMemException(refused.Error, $"create the segment for the {purpose}", refused.Why, refused.Remedy)),
            _ => throw new InvalidOperationException($"The provider of shared memory answered {answer.GetType().Name}."),
        };
    }

    /// <summary>As <see cref="CreateAsync"/>, for callbacks that have to answer at once: it takes a fraction of a millisecond.</summary>
    public ShMem Create(long size, string purpose) => CreateAsync(size, purpose).GetAwaiter().GetResult();

    /// <inheritdoc/>
    public ShMem Open(ShMemDescription description) => provider.Open(description);

    /// <inheritdoc/>
    public void Release(ShMemDescription segment) => owner.Tell(new ReleaseLease(broker, segment.Id));

    private ShMemException Refuse(ShMemException refused)
    {
        Refused?.Invoke(refused.Message);
        return refused;
    }
}
