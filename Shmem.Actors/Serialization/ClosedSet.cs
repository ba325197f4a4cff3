using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Runtime.Serialization;
using Shmem.Actors.Messages;
using Shmem.Backends;
using static Shmem.Actors.Serialization.WireFormat;

namespace Shmem.Actors.Serialization;

/// <summary>All messages that travel in a campaign. Whatever is not listed here is neither written nor read.</summary>
internal static class ClosedSet
{
    public static readonly ImmutableArray<WireMessage> All =
    [
        WireMessage.Of<JoinCampaign, Wire.Holder>("join",
            m => new Wire.Holder { ProcessNumber = m.ProcessNumber, Pid = m.Pid, KernelStartTime = m.KernelStartTime },
            w => new JoinCampaign(w.ProcessNumber, w.Pid, w.KernelStartTime)),
        WireMessage.Of<ReportReady, Wire.ProcessNumber>("ready",
            m => new Wire.ProcessNumber { ProcessNumber_ = m.ProcessNumber },
            w => new ReportReady(w.ProcessNumber_)),
        WireMessage.Of<RequestNextSegment, Wire.RequestNextSegment>("next-segment",
            m => new Wire.RequestNextSegment { Slot = m.Slot, Generation = m.Generation, Sequence = m.Sequence },
            w => new RequestNextSegment(w.Slot, w.Generation, w.Sequence)),
        WireMessage.Of<RequestCheckpointSegment, Wire.RequestCheckpointSegment>("checkpoint-segment",
            m => new Wire.RequestCheckpointSegment { Slot = m.Slot, Generation = m.Generation, Area = m.Area, Size = m.Size },
            w => new RequestCheckpointSegment(w.Slot, w.Generation, w.Area, w.Size)),
        WireMessage.Of<AcquireLease, Wire.Lease>("acquire",
            m => new Wire.Lease { Holder = Write(m.Holder), Id = m.Id.ToString() },
            w => new AcquireLease(Read(w.Holder), Id(w.Id))),
        WireMessage.Of<ReleaseLease, Wire.Lease>("release",
            m => new Wire.Lease { Holder = Write(m.Holder), Id = m.Id.ToString() },
            w => new ReleaseLease(Read(w.Holder), Id(w.Id))),
        WireMessage.Of<GetStatistics, Wire.Empty>("get-statistics", _ => new Wire.Empty(), _ => GetStatistics.Instance),
        WireMessage.Of<ReportStopped, Wire.ProcessNumber>("stopped",
            m => new Wire.ProcessNumber { ProcessNumber_ = m.ProcessNumber },
            w => new ReportStopped(w.ProcessNumber_)),
        WireMessage.Of<ReportFailure, Wire.ReportFailure>("failure",
            m => new Wire.ReportFailure { ProcessNumber = m.ProcessNumber, Reason = Cut(m.Reason) },
            w => new ReportFailure(w.ProcessNumber, Text(w.Reason))),

        WireMessage.Of<CampaignJoined, Wire.CampaignJoined>("joined", WriteJoined, ReadJoined),
        WireMessage.Of<SegmentAnnounced, Wire.Segment>("announced",
            m => Write(m.Segment),
            w => new SegmentAnnounced(Read(w))),
        WireMessage.Of<SlotAssigned, Wire.SlotAssigned>("slot",
            m => new Wire.SlotAssigned
            {
                Slot = m.Slot, Generation = m.Generation, Log = Write(m.Log), Checkpoint = Write(m.Checkpoint),
                Predecessor = m.Predecessor is { } predecessor ? Write(predecessor) : null,
            },
            w => new SlotAssigned(w.Slot, w.Generation, Read(w.Log), Read(w.Checkpoint), w.Predecessor is null ? null : Read(w.Predecessor))),
        WireMessage.Of<NextSegmentGranted, Wire.NextSegmentGranted>("granted",
            m => new Wire.NextSegmentGranted { Slot = m.Slot, Sequence = m.Sequence, Segment = Write(m.Segment) },
            w => new NextSegmentGranted(w.Slot, w.Sequence, Read(w.Segment))),
        WireMessage.Of<CheckpointSegmentGranted, Wire.CheckpointSegmentGranted>("checkpoint-granted",
            m => new Wire.CheckpointSegmentGranted { Slot = m.Slot, Area = m.Area, Segment = Write(m.Segment) },
            w => new CheckpointSegmentGranted(w.Slot, w.Area, Read(w.Segment))),
        WireMessage.Of<StopWorker, Wire.StopWorker>("stop",
            m => new Wire.StopWorker { GraceTicks = m.Grace.Ticks },
            w => new StopWorker(Time(w.GraceTicks))),
        WireMessage.Of<LeaseGranted, Wire.LeaseGranted>("lease-granted",
            m => new Wire.LeaseGranted { Holder = Write(m.Holder), Segment = Write(m.Segment) },
            w => new LeaseGranted(Read(w.Holder), Read(w.Segment))),
        WireMessage.Of<LeaseReleased, Wire.Lease>("lease-released",
            m => new Wire.Lease { Holder = Write(m.Holder), Id = m.Id.ToString() },
            w => new LeaseReleased(Read(w.Holder), Id(w.Id))),
        WireMessage.Of<RequestRefused, Wire.RequestRefused>("refused",
            m => new Wire.RequestRefused { Error = (int)m.Error, Why = Cut(m.Why), Remedy = Cut(m.Remedy) },
            w => Enum.IsDefined((ShMemError)w.Error)
                ? new RequestRefused((ShMemError)w.Error, Text(w.Why), Text(w.Remedy))
                : throw new SerializationException($"No such error: {w.Error}.")),
        WireMessage.Of<ShMemStatistics, Wire.ShMemStatistics>("statistics",
            m => new Wire.ShMemStatistics
            {
                Segments = m.Segments, Bytes = m.Bytes, Leases = m.Leases, Holders = m.Holders,
                Created = m.Created, Freed = m.Freed, Refused = m.Refused, Forks = m.Forks, Restarts = m.Restarts,
            },
            w => new ShMemStatistics(w.Segments, w.Bytes, w.Leases, w.Holders, w.Created, w.Freed, w.Refused, w.Forks, w.Restarts)),
        .. LifecycleMessages.All,
    ];

    public static readonly FrozenDictionary<Type, WireMessage> ByType = All.ToFrozenDictionary(message => message.Type);

    public static readonly FrozenDictionary<string, WireMessage> ByManifest = All.ToFrozenDictionary(message => message.Manifest);

    private static Wire.CampaignJoined WriteJoined(CampaignJoined joined)
    {
        var wire = new Wire.CampaignJoined();
        foreach (var segment in joined.Segments) wire.Segments.Add(Write(segment));
        return wire;
    }

    private static CampaignJoined ReadJoined(Wire.CampaignJoined wire)
    {
        if (wire.Segments.Count > WireLimits.Items)
            throw new SerializationException($"A list of {wire.Segments.Count} items; {WireLimits.Items} are the limit.");
        return new CampaignJoined([.. wire.Segments.Select(Read)]);
    }
}
