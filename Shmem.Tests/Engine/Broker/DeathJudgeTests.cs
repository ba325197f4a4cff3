using Akka.Actor;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Tests.Coverage;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class DeathJudgeTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();
    private readonly OutputFolder _folder;
    private readonly BoardFixture _board = new(64);

    public DeathJudgeTests() => _folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"] }, TimeProvider.System);

    public void Dispose()
    {
        _board.Dispose();
        _folder.Dispose();
        _temporary.Dispose();
    }

    [Theory]
    [InlineData(nameof(ShMemException))]
    [InlineData(nameof(AskTimeoutException))]
    [InlineData(nameof(OperationCanceledException))]
    public async Task What_cannot_be_run_again_is_kept_and_the_next_case_is_judged(string refusal)
    {
        var judge = Judge(new MeagreSegments(0, refusal switch
        {
            nameof(ShMemException) => NoRoom,
            nameof(AskTimeoutException) => new AskTimeoutException("the broker was stopped meanwhile"),
            _ => new OperationCanceledException(),
        }));
        judge.Post(Killed(1));
        judge.PostOutOfMemory(OutOfMemory, [2], default(Provenance) with { Operation = "havoc" }, () => { });
        judge.Post(Killed(3));
        judge.Complete();

        await judge.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken);

        Assert.Equal(new byte[] { 1, 2, 3 }, _folder.Unreproduced.Entries().SelectMany(entry => File.ReadAllBytes(entry.Path)).Order());
        Assert.Equal((3, 3, 0), (judge.Unreproduced, judge.Unjudged, judge.Waiting));
    }

    // A target that kills itself does so hundreds of times in a campaign, and each run again takes a process two starts.
    [Theory]
    [InlineData("signal 9", 9, 1)]
    [InlineData("signal 11", 9, 0)]
    // An abort without words may be one whose words were cut off.
    [InlineData("signal 6", 6, 0)]
    public async Task A_signal_that_is_known_is_counted_and_not_run_again(string known, int signal, int counted)
    {
        var desk = new FindingDesk(_folder, new KnownFindings(known), Assert.Fail);
        var judge = Judge(new MeagreSegments(0, NoRoom), desk);
        judge.Post(Killed(1, signal));
        judge.Complete();

        await judge.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken);

        Assert.Equal((counted, 1 - counted), (desk.Met, judge.Unreproduced));
    }

    [Fact]
    public async Task After_the_grace_time_nothing_is_run_any_more_and_all_that_waits_is_kept()
    {
        var judge = Judge(new MeagreSegments(0, new InvalidOperationException("a segment was asked for")));
        for (byte input = 1; input <= 50; input++) judge.Post(Killed(input));
        judge.Complete();

        await judge.RunAsync(new CancellationToken(canceled: true), CancellationToken.None);

        Assert.Equal(50, _folder.Unreproduced.Count);
        Assert.Equal((50, 50, 0), (judge.Unreproduced, judge.Unjudged, judge.Waiting));
    }

    [Fact]
    public void Where_too_many_wait_what_comes_is_kept_at_once_and_the_user_is_told_so_once()
    {
        var warnings = new List<string>();
        var judge = Judge(new MeagreSegments(0, NoRoom), warn: warnings.Add);
        for (var death = 0; death < CaseQueue.Most; death++) judge.Post(Killed(1));
        Assert.Equal(0, _folder.Unreproduced.Count);

        judge.Post(Killed(2));
        judge.PostOutOfMemory(OutOfMemory, [3], default(Provenance) with { Operation = "havoc" }, () => { });

        Assert.Equal([2, 3], _folder.Unreproduced.Entries().SelectMany(entry => File.ReadAllBytes(entry.Path)));
        Assert.Equal((2, 2, CaseQueue.Most), (judge.Unreproduced, judge.Unjudged, judge.Waiting));
        Assert.Contains(_folder.Unreproduced.FullPath, Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_death_of_a_known_kind_is_counted_where_too_many_wait_too()
    {
        var known = DeathParser.Parse(new ProcessEnd(Killed(1).Exit.ExitCode), "", TargetTypeNames.None);
        var desk = new FindingDesk(_folder, new KnownFindings([FindingKey.Of(known).Text]), Assert.Fail);
        var judge = Judge(new MeagreSegments(0, NoRoom), desk);
        for (var death = 0; death < CaseQueue.Most; death++) judge.Post(Killed(1));

        judge.Post(Killed(2));

        Assert.Equal((0, 1L), (_folder.Unreproduced.Count, desk.Met));
    }

    [Fact]
    public void Those_that_were_killed_leave_room_to_those_that_died()
    {
        var judge = Judge(new MeagreSegments(0, NoRoom));
        var hung = Killed(1) with { Exit = new WorkerExit(137, WorkerExitCause.TimedOut, KillReasons.Memory, "") };
        for (var death = 0; death < CaseQueue.Most; death++) judge.Post(hung);
        Assert.Equal(CaseQueue.MostKilled, _folder.Unreproduced.Count);

        judge.Post(Killed(2));

        Assert.Equal((CaseQueue.MostKilled, CaseQueue.MostKilled + 1), (_folder.Unreproduced.Count, judge.Waiting));
    }

    [Fact]
    public async Task What_comes_after_the_last_case_is_kept_and_where_that_fails_the_judge_says_so()
    {
        var judge = Judge(new MeagreSegments(0, NoRoom));
        for (var death = 0; death < CaseQueue.Most; death++) judge.Post(Killed(1));
        Directory.Delete(_folder.Unreproduced.FullPath);
        judge.Post(Killed(2));
        Directory.CreateDirectory(_folder.Unreproduced.FullPath);

        await Assert.ThrowsAnyAsync<IOException>(() => judge.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken));

        judge.Post(Killed(3));
        Assert.Equal([3], File.ReadAllBytes(_folder.Unreproduced.Entries()[^1].Path));
    }

    [Fact]
    public async Task What_cannot_be_saved_ends_the_judge()
    {
        Directory.Delete(_folder.Unreproduced.FullPath);
        var judge = Judge(new MeagreSegments(0, new OperationCanceledException()));
        judge.Post(Killed(1));

        await Assert.ThrowsAnyAsync<IOException>(() => judge.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_waits_when_something_cannot_be_saved_is_saved_where_it_can_be()
    {
        Directory.Delete(_folder.Unreproduced.FullPath);
        var desk = new FindingDesk(_folder, new KnownFindings(), Assert.Fail);
        var judge = Judge(new MeagreSegments(0, NoRoom), desk);
        judge.Post(Killed(1));
        judge.PostThrown(Thrown, [2], Havoc, () => { });

        await Assert.ThrowsAnyAsync<IOException>(() => judge.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken));

        Assert.Equal([2], File.ReadAllBytes(Assert.Single(_folder.Crashes.Entries()).Path));
        judge.PostThrown(Thrown with { Key = "exception Lib.Type.Other" }, [3], Havoc, () => { });
        Assert.Equal(2, desk.Saved.Count);
    }

    [Fact]
    public async Task An_exception_that_cannot_be_run_again_is_saved_all_the_same_and_its_line_says_so()
    {
        var desk = new FindingDesk(_folder, new KnownFindings(), Assert.Fail);
        var judge = Judge(new MeagreSegments(0, NoRoom), desk);
        judge.PostThrown(Thrown, [1], Havoc, () => { });
        Assert.Empty(desk.Saved);
        judge.Complete();

        await judge.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken);

        Assert.Equal([1], File.ReadAllBytes(Assert.Single(_folder.Crashes.Entries()).Path));
        Assert.False(Assert.Single(desk.Saved).Confirmed);
        Assert.Equal(desk.Saved, _folder.Findings.ReadAll());
        Assert.Equal((0, 0), (judge.Unreproduced, _folder.Unreproduced.Count));
    }

    [Fact]
    public void An_exception_for_which_there_is_no_room_to_wait_is_saved_at_once()
    {
        var desk = new FindingDesk(_folder, new KnownFindings(), Assert.Fail);
        var judge = Judge(new MeagreSegments(0, NoRoom), desk);
        for (var death = 0; death < CaseQueue.Most; death++) judge.Post(Killed(1));

        judge.PostThrown(Thrown, [2], Havoc, () => { });

        Assert.Equal([2], File.ReadAllBytes(Assert.Single(_folder.Crashes.Entries()).Path));
        Assert.False(Assert.Single(desk.Saved).Confirmed);
    }

    [Fact]
    public async Task Of_each_key_of_exceptions_so_many_wait_and_none_once_it_is_known()
    {
        var desk = new FindingDesk(_folder, new KnownFindings("exception Lib.Type.Known"), Assert.Fail);
        var judge = Judge(new MeagreSegments(0, NoRoom), desk);
        judge.PostThrown(Thrown with { Key = "exception Lib.Type.Known" }, [1], Havoc, () => { });
        Assert.Equal((0, 1L), (judge.Waiting, desk.Met));

        var settled = 0;
        for (var time = 0; time < ThrownInputs.MostOfKey + 2; time++) judge.PostThrown(Thrown, [2], Havoc, () => settled++);
        judge.PostThrown(Thrown with { Key = "exception Lib.Type.Other" }, [3], Havoc, () => settled++);

        // None is on disk yet.
        Assert.Equal((ThrownInputs.MostOfKey + 1, 1L, 0), (judge.Waiting, desk.Met, settled));
        judge.Complete();
        await judge.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken);
        Assert.Equal(["exception Lib.Type.Method", "exception Lib.Type.Other"], desk.Saved.Select(finding => finding.Key));
        Assert.Equal((2 + ThrownInputs.MostOfKey, 3 + ThrownInputs.MostOfKey), (desk.Met, settled));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_run_that_lacks_a_segment_lets_the_others_go(int given)
    {
        var segments = new MeagreSegments(given, NoRoom);
        var runner = new VerdictRunner(segments, TestJudge.Payload, 64, TargetTypeNames.None);

        await Assert.ThrowsAsync<ShMemException>(() => runner.RunAsync([new byte[] { 1 }], new VerdictLimits(TimeSpan.FromSeconds(1), 1 << 28, TimeSpan.Zero),
            TestContext.Current.CancellationToken));

        Assert.Empty(segments.Held);
    }

    private static ShMemException NoRoom => new(ShMemError.LimitReached, "create a segment", "there is no room", "Make room.");

    private static Finding OutOfMemory => new()
    {
        Kind = FindingKind.OutOfMemory, Key = "out-of-memory Lib.Type.Method", ExceptionType = "System.OutOfMemoryException", Source = new FindingSource(0, 0, 1),
    };

    private static Finding Thrown => new()
    {
        Kind = FindingKind.Exception, Key = "exception Lib.Type.Method", ExceptionType = "System.FormatException", Source = new FindingSource(0, 0, 1),
    };

    private static Provenance Havoc => default(Provenance) with { Operation = "havoc" };

    private static DeathCase Killed(byte input, int signal = 9) => new(new WorkerExit(128 + signal, WorkerExitCause.Own, null, ""), [new RecordedInput(1, [input])],
        new FindingSource(0, 0, 1), null, 1, 1);

    private DeathJudge Judge(ISegmentSource segments, FindingDesk? desk = null, Action<string>? warn = null) => TestJudge.Create(segments, _folder, _board.Board,
        desk ?? new FindingDesk(_folder, new KnownFindings(), Assert.Fail), warn ?? (_ => { }));
}
