using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Tests.Coverage;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class CorpusKeeperTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public async Task What_a_young_process_found_is_saved_with_the_time_and_the_executions_of_the_whole_campaign()
    {
        Directory.CreateDirectory(_temporary["out"]);
        File.WriteAllText(_temporary["out/fuzzer_stats"], "run_time          : 60\nexecs_done        : 2000\n");
        using var folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"], Assembly = "/a/A.dll", Method = "N.T.M", Resume = true }, TimeProvider.System);
        var provider = new HeapShMemProvider();
        using var log = provider.Create(1 << 20);
        using var writer = CorpusLogWriter.Create(log, 0);
        var ofProcess = new RecordInfo { Executions = 5, Milliseconds = 7 };
        var finding = new Finding { Kind = FindingKind.Exception, Key = "exception Lib.Type.Method", Source = new FindingSource(0, 9, 12), ExceptionType = "System.Exception" };
        writer.Append(RecordKind.Entry, [1], [], ofProcess);
        writer.Append(RecordKind.Finding, [2], finding.ToJson(), ofProcess);
        var desk = new FindingDesk(folder, new KnownFindings(), Assert.Fail);
        using var board = new BoardFixture(64);
        var judge = TestJudge.Create(new MeagreSegments(0, new OperationCanceledException()), folder, board.Board, desk, Assert.Fail);
        using var keeper = new CorpusKeeper(new BrokerSegments(ActorRefs.Nobody, provider, new HolderId(0, 1, 1)), folder, desk, judge, () => 1000, Assert.Fail);

        keeper.Follow(log.Description);
        keeper.Drain();
        judge.Complete();
        await judge.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken);

        Assert.Contains("time:60007,execs:3000,".Replace(':', OperatingSystem.IsWindows() ? '_' : ':'), Path.GetFileName(Assert.Single(folder.Queue.Entries()).Path), StringComparison.Ordinal);
        var saved = Assert.Single(desk.Saved);
        Assert.Equal((60_007, 3000), (saved.TimeMilliseconds, saved.Executions));
        Assert.Equal((saved, null), desk.Last);
    }

    [Fact]
    public async Task What_ran_out_of_memory_is_acknowledged_when_the_judge_has_put_it_on_disk_and_not_before()
    {
        using var folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"] }, TimeProvider.System);
        using var board = new BoardFixture(64);
        var provider = new HeapShMemProvider();
        using var log = provider.Create(1 << 20);
        using var writer = CorpusLogWriter.Create(log, 0);
        using var reader = new CorpusLogReader(log, next => provider.Open(next));
        var finding = new Finding
        {
            Kind = FindingKind.OutOfMemory, Key = "out-of-memory Lib.Type.Method", Source = new FindingSource(0, 9, 12), ExceptionType = "System.OutOfMemoryException",
        };
        for (var death = 0; death < CaseQueue.MostThrown + 2; death++) writer.Append(RecordKind.Finding, [(byte)death], finding.ToJson(), default);
        var desk = new FindingDesk(folder, new KnownFindings(), Assert.Fail);
        // It has no segment to run anything in.
        var runner = new VerdictRunner(new MeagreSegments(0, new ShMemException(ShMemError.LimitReached, "create a segment", "there is no room", "Make room.")),
            TestJudge.Payload, 64, TargetTypeNames.None);
        var judge = new DeathJudge(runner, board.Board, desk, new UnreproducedInputs(folder.Unreproduced, NullLogger.Instance), TargetTypeNames.None,
            new VerdictLimits(TimeSpan.FromSeconds(1), 1 << 28, TimeSpan.Zero), _ => null, _ => { }, NullLogger<DeathJudge>.Instance);
        using var keeper = new CorpusKeeper(new BrokerSegments(ActorRefs.Nobody, provider, new HolderId(0, 1, 1)), folder, desk, judge, () => 0, Assert.Fail);
        var records = new List<CorpusRecord>();
        while (reader.TryRead(out var record)) records.Add(record);

        keeper.Follow(log.Description);
        keeper.Drain();

        // Those for which the judge has no room are kept as they are.
        Assert.Equal([.. Enumerable.Repeat(false, CaseQueue.MostThrown), true, true], records.Select(record => record.IsPersisted));
        Assert.Equal(2, folder.Unreproduced.Count);
        judge.Complete();
        await judge.RunAsync(TestContext.Current.CancellationToken, TestContext.Current.CancellationToken);
        Assert.All(records, record => Assert.True(record.IsPersisted));
        Assert.Equal(records.Count, folder.Unreproduced.Count);
    }

    // A verdict that dies in its claim leaves a record, and one that dies before it leaves none.
    [Fact]
    public void Each_record_of_the_seeds_is_saved_as_the_seed_whose_number_it_has()
    {
        using var folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"] }, TimeProvider.System);
        var provider = new HeapShMemProvider();
        using var log = provider.Create(1 << 16);
        using var writer = CorpusLogWriter.Create(log, 1);
        TrialSeed[] seeds = [new("zero", [0]), new("one", [1]), new("two", [2]), new("three", [3]), new("four", [4]), new("five", [5], QueueId: 70)];
        writer.Append(RecordKind.Entry, [0], [], OfSeed(0));
        writer.Append(RecordKind.Finding, [1], [], OfSeed(1));
        writer.Append(RecordKind.Entry, [3], [], OfSeed(3));
        writer.Append(RecordKind.Entry, [5], [], OfSeed(5));
        // Written by a target.
        writer.Append(RecordKind.Entry, [6], [], OfSeed(6));
        writer.Append(RecordKind.Entry, [7], [], default);
        writer.Append(RecordKind.Entry, [4], [], OfSeed(4));
        using var keeper = new CorpusKeeper(new BrokerSegments(ActorRefs.Nobody, provider, new HolderId(0, 1, 1)), folder, new FindingDesk(folder, new KnownFindings(), Assert.Fail), null!,
            () => 0, Assert.Fail);

        keeper.TakeSeeds(log.Description, seeds);

        Assert.Equal(["zero", "three", "four"], folder.Queue.Entries().Select(entry => Path.GetFileName(entry.Path).Split(':', '_')[^1]));
        Assert.Equal([0, 3, 4], folder.Queue.Entries().SelectMany(entry => File.ReadAllBytes(entry.Path)));
        Assert.Equal([0, null, 1, 70, null, null, 2], Enumerable.Range(0, 7).Select(ordinal => keeper.EntryId(new CorpusAddress(1, ordinal))));
        Assert.Equal((4, 0), (keeper.Count, keeper.Found));

        static RecordInfo OfSeed(int number) => new() { Parent = new CorpusAddress(2, number) };
    }

    [Fact]
    public void A_damaged_log_is_told_of_once_and_the_others_are_read_on()
    {
        using var folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"] }, TimeProvider.System);
        var provider = new HeapShMemProvider();
        using var damaged = provider.Create(1 << 16);
        using var sound = provider.Create(1 << 16);
        using var damagedWriter = CorpusLogWriter.Create(damaged, 0);
        using var writer = CorpusLogWriter.Create(sound, 1);
        var warnings = new List<string>();
        using var keeper = new CorpusKeeper(new BrokerSegments(ActorRefs.Nobody, provider, new HolderId(0, 1, 1)), folder, new FindingDesk(folder, new KnownFindings(), Assert.Fail), null!,
            () => 0, warnings.Add);
        keeper.Follow(damaged.Description);
        keeper.Follow(sound.Description);
        damagedWriter.Append(RecordKind.Entry, [1], [], default);
        keeper.Drain();
        // A target wrote where it should not.
        damaged.Ref<long>(LogSegment.TailOffset) = -1;

        for (byte entry = 2; entry < 5; entry++)
        {
            writer.Append(RecordKind.Entry, [entry], [], default);
            keeper.Drain();
        }

        Assert.Equal([1, 2, 3, 4], folder.Queue.Entries().SelectMany(entry => File.ReadAllBytes(entry.Path)));
        Assert.Contains("slot 0", Assert.Single(warnings), StringComparison.Ordinal);
    }
}
