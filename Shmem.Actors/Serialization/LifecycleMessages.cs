using System.Collections.Immutable;
using Shmem.Actors.Messages;
using Shmem.Backends.Lifetime;
using static Shmem.Actors.Serialization.WireFormat;

namespace Shmem.Actors.Serialization;

/// <summary>The part of the <see cref="ClosedSet"/> that is about forks and restarts.</summary>
internal static class LifecycleMessages
{
    public static readonly ImmutableArray<WireMessage> All =
    [
        WireMessage.Of<PreFork, Wire.PreFork>("pre-fork",
            m => new Wire.PreFork { Parent = Write(m.Parent), LimitTicks = m.Limit.Ticks },
            w => new PreFork(Read(w.Parent), Time(w.LimitTicks))),
        WireMessage.Of<ForkPrepared, Wire.ForkPrepared>("fork-prepared",
            m => new Wire.ForkPrepared { Parent = Write(m.Parent), Token = m.Token.Value, ChildNumber = m.ChildNumber, Leases = m.Leases },
            w => new ForkPrepared(Read(w.Parent), new ForkToken(w.Token), w.ChildNumber, w.Leases)),
        WireMessage.Of<PostFork, Wire.PostFork>("post-fork",
            m => new Wire.PostFork { Token = m.Token.Value, Parent = Write(m.Parent), Child = Write(m.Child) },
            w => new PostFork(new ForkToken(w.Token), Read(w.Parent), Read(w.Child))),
        WireMessage.Of<ClaimFork, Wire.Fork>("claim-fork",
            m => new Wire.Fork { Token = m.Token.Value, Holder = Write(m.Child), LastChild = m.LastChild.ToString() },
            w => new ClaimFork(new ForkToken(w.Token), Read(w.Holder), w.LastChild.Length == 0 ? default : Id(w.LastChild))),
        WireMessage.Of<AbortFork, Wire.Fork>("abort-fork",
            m => new Wire.Fork { Token = m.Token.Value, Holder = Write(m.Parent) },
            w => new AbortFork(new ForkToken(w.Token), Read(w.Holder))),
        WireMessage.Of<ForkAcknowledged, Wire.ForkAcknowledged>("fork-acknowledged",
            m => new Wire.ForkAcknowledged { Token = m.Token.Value },
            w => new ForkAcknowledged(new ForkToken(w.Token))),
        WireMessage.Of<OnRestart, Wire.OnRestart>("on-restart",
            m => new Wire.OnRestart { Holder = Write(m.Holder), GraceTicks = m.Grace.Ticks },
            w => new OnRestart(Read(w.Holder), Time(w.GraceTicks))),
        WireMessage.Of<SucceedHolder, Wire.Succession>("succeed",
            m => new Wire.Succession { Predecessor = Write(m.Predecessor), Successor = Write(m.Successor) },
            w => new SucceedHolder(Read(w.Predecessor), Read(w.Successor))),
        WireMessage.Of<AcknowledgeRestart, Wire.Succession>("acknowledge-restart",
            m => new Wire.Succession { Predecessor = Write(m.Predecessor), Successor = Write(m.Successor) },
            w => new AcknowledgeRestart(Read(w.Predecessor), Read(w.Successor))),
        WireMessage.Of<RestartAcknowledged, Wire.RestartAcknowledged>("restart-acknowledged",
            m => new Wire.RestartAcknowledged { Predecessor = Write(m.Predecessor) },
            w => new RestartAcknowledged(Read(w.Predecessor))),
    ];
}
