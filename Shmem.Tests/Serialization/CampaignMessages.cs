using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Serialization;

/// <summary>A message of the set; wrapped, because its own interface is internal to the library.</summary>
public sealed record CampaignMessage(object Message);

/// <summary>Generates every message of the set.</summary>
public static class CampaignMessages
{
    private static readonly Gen<long> Numbers =
        Gen.OneOf(Gen.Elements(0L, 1L, -1L, long.MaxValue, long.MinValue), Gen.Choose(0, 100000).Select(i => (long)i));

    private static readonly Gen<int> Ints = Gen.OneOf(Gen.Elements(0, -1, int.MaxValue, int.MinValue), Gen.Choose(0, 1000));

    // Whatever UTF-8 can carry: half of a surrogate pair it cannot.
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Elements("", "board", "ein Täter, 𝒳 \0 \n", new string('x', 1024)),
        Gen.ArrayOf(Gen.Choose(0, 0x10FFFF).Where(Rune.IsValid)).Select(points => string.Concat(points.Take(200).Select(p => new Rune(p)))));

    private static readonly Gen<ShMemId> Ids = Gen.OneOf(
        Gen.Elements("heap:1", "memfd:4194304.1048576.18446744073709551615", "posix:/" + new string('n', 57)),
        Gen.Choose(0, 60).SelectMany(n => Gen.Choose('!', '~').ArrayOf(n)).Select(rest => "x:!" + string.Concat(rest.Select(c => (char)c))))
        .Select(text => ShMemId.Parse(text));

    private static readonly Gen<HolderId> Holders =
        from number in Numbers from pid in Ints from start in Numbers select new HolderId(number, pid, start);

    private static readonly Gen<ForkToken> Tokens = Numbers.Select(n => new ForkToken(n));

    private static readonly Gen<TimeSpan> Times = Numbers.Where(n => n >= 0).Select(n => new TimeSpan(n));

    private static readonly Gen<ShMemDescription> Descriptions =
        from id in Ids
        from size in Gen.OneOf(Gen.Elements(1L, long.MaxValue), Gen.Choose(1, int.MaxValue).Select(i => (long)i))
        from service in Gen.Elements(null, "a", "shmem-7", new string('z', 32))
        select new ShMemDescription(id, size, service);

    private static readonly Gen<NamedSegment> Segments =
        from name in Texts from slot in Ints from description in Descriptions select new NamedSegment(name, slot, description);

    private static readonly Dictionary<Type, Gen<object>> ByType = new()
    {
        [typeof(JoinCampaign)] = Holders.Select(h => (object)new JoinCampaign(h.ProcessNumber, h.Pid, h.KernelStartTime)),
        [typeof(ReportReady)] = Numbers.Select(n => (object)new ReportReady(n)),
        [typeof(RequestNextSegment)] =
            from slot in Ints from generation in Ints from sequence in Ints select (object)new RequestNextSegment(slot, generation, sequence),
        [typeof(RequestCheckpointSegment)] = from slot in Ints from generation in Ints from area in Ints from size in Ints
            select (object)new RequestCheckpointSegment(slot, generation, area, size),
        [typeof(AcquireLease)] = from holder in Holders from id in Ids select (object)new AcquireLease(holder, id),
        [typeof(ReleaseLease)] = from holder in Holders from id in Ids select (object)new ReleaseLease(holder, id),
        [typeof(GetStatistics)] = Gen.Constant((object)GetStatistics.Instance),
        [typeof(ReportStopped)] = Numbers.Select(n => (object)new ReportStopped(n)),
        [typeof(ReportFailure)] = from n in Numbers from reason in Texts select (object)new ReportFailure(n, reason),
        [typeof(CampaignJoined)] = Gen.ArrayOf(Segments).Select(s => (object)new CampaignJoined([.. s.Take(20)])),
        [typeof(SegmentAnnounced)] = Segments.Select(s => (object)new SegmentAnnounced(s)),
        [typeof(SlotAssigned)] = from slot in Ints from generation in Ints from log in Descriptions from checkpoint in Descriptions
            from predecessor in Gen.OneOf(Holders.Select(h => (HolderId?)h), Gen.Constant((HolderId?)null))
            select (object)new SlotAssigned(slot, generation, log, checkpoint, predecessor),
        [typeof(NextSegmentGranted)] = from slot in Ints from sequence in Ints from segment in Descriptions
            select (object)new NextSegmentGranted(slot, sequence, segment),
        [typeof(CheckpointSegmentGranted)] = from slot in Ints from area in Ints from segment in Descriptions
            select (object)new CheckpointSegmentGranted(slot, area, segment),
        [typeof(StopWorker)] = Times.Select(grace => (object)new StopWorker(grace)),
        [typeof(LeaseGranted)] = from holder in Holders from segment in Descriptions select (object)new LeaseGranted(holder, segment),
        [typeof(LeaseReleased)] = from holder in Holders from id in Ids select (object)new LeaseReleased(holder, id),
        [typeof(RequestRefused)] = from error in Gen.Elements(Enum.GetValues<ShMemError>()) from why in Texts from remedy in Texts
            select (object)new RequestRefused(error, why, remedy),
        [typeof(ShMemStatistics)] = from a in Ints from b in Numbers from c in Ints from d in Ints from e in Numbers from f in Numbers
            from g in Numbers from h in Ints from i in Ints select (object)new ShMemStatistics(a, b, c, d, e, f, g, h, i),
        [typeof(PreFork)] = from parent in Holders from limit in Times select (object)new PreFork(parent, limit),
        [typeof(ForkPrepared)] = from parent in Holders from token in Tokens from child in Numbers from leases in Ints
            select (object)new ForkPrepared(parent, token, child, leases),
        [typeof(PostFork)] = from token in Tokens from parent in Holders from child in Holders select (object)new PostFork(token, parent, child),
        [typeof(ClaimFork)] = from token in Tokens from child in Holders from last in Gen.OneOf(Ids, Gen.Constant(default(ShMemId)))
            select (object)new ClaimFork(token, child, last),
        [typeof(AbortFork)] = from token in Tokens from parent in Holders select (object)new AbortFork(token, parent),
        [typeof(ForkAcknowledged)] = Tokens.Select(token => (object)new ForkAcknowledged(token)),
        [typeof(OnRestart)] = from holder in Holders from grace in Times select (object)new OnRestart(holder, grace),
        [typeof(SucceedHolder)] = from predecessor in Holders from successor in Holders select (object)new SucceedHolder(predecessor, successor),
        [typeof(AcknowledgeRestart)] = from predecessor in Holders from successor in Holders
            select (object)new AcknowledgeRestart(predecessor, successor),
        [typeof(RestartAcknowledged)] = Holders.Select(holder => (object)new RestartAcknowledged(holder)),
    };

    public static IEnumerable<Type> Types => ByType.Keys;

    /// <summary>Some of one type; the same each time.</summary>
    internal static IEnumerable<object> Of(Type type) => ByType[type].Sample(50, new Rnd(1), 20);

    public static Arbitrary<CampaignMessage> All() => Arb.From(Gen.OneOf(ByType.Values).Select(message => new CampaignMessage(message)));
}
