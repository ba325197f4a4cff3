using Akka.Actor;
using Akka.Event;
using Shmem.Actors.Messages;
using Shmem.Backends;

namespace Shmem.Actors;

/// <summary>
/// Owns the segments of one backend. What the operating system refuses is an answer; a bug costs the request it was found with, which gets an
/// error answer, and a restart that loses no segment.
/// </summary>
internal sealed class ShMemProviderActor : ReceiveActor
{
    private readonly OwnedSegments _owned;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    public ShMemProviderActor(OwnedSegments owned)
    {
        _owned = owned;
        Receive<CreateInBackend>(Create);
        Receive<FreeInBackend>(Free);
    }

    public static Props Props(OwnedSegments owned) => Akka.Actor.Props.Create(() => new ShMemProviderActor(owned));

    /// <summary>Answers the request that met the bug. Does not call the base, which would let the segments go.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        if (message is not CreateInBackend create) return;
        Context.Parent.Tell(new RefusedInBackend(create.ReplyTo, new RequestRefused(ShMemError.Os,
            $"create {_owned.Scheme} segment of {create.Request.Size} bytes: {reason.Message}", "This is a bug in Shmem: report it with the log.")));
    }

    protected override void PostStop() => _owned.Dispose();

    private void Create(CreateInBackend create)
    {
        try
        {
            var segment = _owned.Create(create.Request.Size);
            _log.Debug("Created {0} of {1} bytes for {2}: {3}", segment.Id, segment.Size, create.Request.Holder, create.Request.Purpose);
            Context.Parent.Tell(new CreatedInBackend(create.Request, create.ReplyTo, segment));
        }
        catch (ShMemException refused)
        {
            Context.Parent.Tell(new RefusedInBackend(create.ReplyTo, new RequestRefused(refused.Error, refused.Message, refused.Remedy)));
        }
    }

    private void Free(FreeInBackend free)
    {
        if (!_owned.Free(free.Id)) return;
        _log.Debug("Freed {0}", free.Id);
        Context.System.EventStream.Publish(new SegmentFreed(free.Id));
    }
}
