using Akka.Actor;
using Microsoft.Extensions.Logging.Abstractions;
using Shmem.Actors;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Targets;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class FuzzApplicationTests : IAsyncDisposable
{
    private static readonly ShMemDescription NoSegment = new(ShMemId.Parse("heap:1"), 4096);

    private const string OurWords = "shmem-fuzz: failed: Shmem.Backends.ShMemException: open memfd:1.2.3: too many open files";

    private readonly List<DeathCase> _deaths = [];
    private readonly List<string> _failures = [];
    private readonly ShortProvider _provider = new();
    private readonly ActorSystem _system = ActorSystem.Create("test");
    private readonly FuzzApplication _application;
    private long _now;

    public FuzzApplicationTests()
    {
        var owner = _system.ActorOf(RcShMemProviderActor.Props(_provider));
        var payload = new WorkerPayload
        {
            Target = new TargetSpec("/a/Lib.dll", "Lib.Type", "Method", []), SetIdentity = "00ff", SetAssemblies = [], Expect = [], RandomSeed = 1, StartTick = 0,
        };
        _application = new FuzzApplication(_provider, new BrokerSegments(owner, _provider, new HolderId(0, 1, 1)), payload, 64, TimeSpan.FromSeconds(1),
            NoSegment, NoSegment, _deaths.Add, _failures.Add, () => _now, NullLogger<FuzzApplication>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _application.Dispose();
        await _system.Terminate();
    }

    [Theory]
    [InlineData(134, "Stack overflow.\n   at A.B()\n", "StackOverflow")]
    [InlineData(134, "Unhandled exception. System.InvalidOperationException: no\n   at A.B()\n", "UnhandledException")]
    [InlineData(134, "Process terminated.\ngone\n   at A.B()\n", "FailFast")]
    [InlineData(137, "", "Signal")]
    [InlineData(3, "", "Exit")]
    public void A_death_s_kind_is_told_by_the_exit_code_and_the_last_words(int exitCode, string stderr, string kind)
    {
        var exit = new WorkerExit(exitCode, WorkerExitCause.Own, null, stderr);
        Assert.Equal(kind, _application.KindOf(exit));
        Assert.Null(_application.KindOf(exit with { Cause = WorkerExitCause.Killed, KilledFor = KillReasons.Memory }));
        Assert.Null(_application.KindOf(exit with { Cause = WorkerExitCause.TimedOut, KilledFor = KillReasons.Hang }));
        _application.BeginStop();
        Assert.Equal(kind, _application.KindOf(exit));
        Assert.Null(_application.KindOf(exit with { ExitCode = 0 }));
    }

    [Fact]
    public void A_target_that_dies_while_the_campaign_stops_has_died()
    {
        _application.BeginStop();
        foreach (var reason in (string?[])[null, KillReasons.Hang, KillReasons.Memory])
            End(1, ProcessPhase.Running, new WorkerExit(134, WorkerExitCause.Own, reason, ""));

        Assert.Equal(3, _application.Deaths);
        Assert.All(_deaths, death => Assert.Equal("input"u8, Assert.Single(death.Inputs).Bytes));
    }

    [Fact]
    public void A_worker_that_stops_as_it_was_asked_to_or_is_killed_for_it_has_not_died()
    {
        _application.BeginStop();
        End(1, ProcessPhase.Idle, new WorkerExit(0, WorkerExitCause.Own, null, ""));
        End(2, ProcessPhase.Idle, new WorkerExit(134, WorkerExitCause.Own, null, "an exit handler of the target's"));
        End(3, ProcessPhase.Running, new WorkerExit(137, WorkerExitCause.Killed, "the campaign has ended", ""));

        Assert.Equal(0, _application.Deaths);
        Assert.Empty(_deaths);
    }

    [Fact]
    public void A_death_in_a_slot_whose_log_the_target_has_damaged_is_judged_and_the_slot_is_given_to_nobody()
    {
        using var memory = _application.CreateProcessSegment(1);
        var slot = _application.OpenSlot(0, 0, 1);
        using (var log = _provider.Open(slot.Log)) log.Ref<long>(LogSegment.TailOffset) = -1;

        Gone(1, memory, 0, ProcessPhase.Running, new WorkerExit(139, WorkerExitCause.Own, null, ""));

        Assert.Equal("input"u8, Assert.Single(Assert.Single(_deaths).Inputs).Bytes);
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => _application.OpenSlot(0, 1, 2)).Error);
    }

    [Fact]
    public void A_slot_whose_log_has_several_segments_is_recovered_also_where_nothing_can_be_opened()
    {
        using var memory = _application.CreateProcessSegment(1);
        using var spare = _application.CreateProcessSegment(2);
        var slot = _application.OpenSlot(0, 0, 1);
        Fill(slot, _provider.Open(_application.NextSegment(0, 1)));

        _provider.IsShort = true;
        Gone(1, memory, 0, ProcessPhase.Running, new WorkerExit(139, WorkerExitCause.Own, null, ""));

        Assert.Equal(slot, _application.OpenSlot(0, 1, 2));
        // And from where it has got to.
        Gone(2, spare, 0, ProcessPhase.Running, new WorkerExit(139, WorkerExitCause.Own, null, ""));
        using var third = _application.CreateProcessSegment(3);
        Assert.Equal(slot, _application.OpenSlot(0, 2, 3));
    }

    [Fact]
    public void A_slot_whose_log_could_not_be_opened_is_recovered_when_it_can_be()
    {
        using var memory = _application.CreateProcessSegment(1);
        using var spare = _application.CreateProcessSegment(2);
        var slot = _application.OpenSlot(0, 0, 1);
        // One that the broker has not given, and has no view of.
        using var foreign = _provider.Create(CorpusLog.DefaultSegment);
        Fill(slot, foreign.Clone());
        foreign.Ref<long>(LogSegment.PendingOffset) = 1;
        _provider.IsShort = true;
        Gone(1, memory, 0, ProcessPhase.Running, new WorkerExit(139, WorkerExitCause.Own, null, ""));

        for (var tries = 0; tries < 2; tries++)
            Assert.Equal(ShMemError.LimitReached, Assert.Throws<ShMemException>(() => _application.OpenSlot(0, 1, 2)).Error);
        _provider.IsShort = false;

        Assert.Equal(slot, _application.OpenSlot(0, 1, 2));
        Assert.Equal(0, foreign.Ref<long>(LogSegment.PendingOffset));
    }

    [Theory]
    [InlineData(3, ProcessPhase.Idle, ProcessVerdict.BeforeFirstExecution)]
    [InlineData(3, ProcessPhase.Running, ProcessVerdict.AfterFirstExecution)]
    [InlineData(4, ProcessPhase.Idle, ProcessVerdict.AfterFirstExecution)]
    public void What_a_worker_ran_to_become_warm_is_no_work_in_its_slot_and_is_judged_all_the_same(long executions, ProcessPhase phase, ProcessVerdict verdict)
    {
        using var segment = _application.CreateProcessSegment(1);
        using var memory = ProcessMemory.Open(segment);
        memory.Executions = 3;
        _application.OpenSlot(0, 0, 1);
        memory.Executions = executions;

        Assert.Equal(verdict, Gone(1, segment, 0, phase, new WorkerExit(134, WorkerExitCause.Own, null, "")));

        Assert.Single(_deaths);
    }

    [Theory]
    [InlineData(0, ProcessVerdict.Failed)]
    [InlineData(FuzzApplication.WorkedMilliseconds - 1, ProcessVerdict.Failed)]
    [InlineData(FuzzApplication.WorkedMilliseconds, ProcessVerdict.AfterFirstExecution)]
    public void A_worker_that_fails_by_itself_is_not_judged_and_waited_for_unless_it_has_worked_for_long(long milliseconds, ProcessVerdict verdict)
    {
        _now = 1_000_000;
        using var segment = _application.CreateProcessSegment(1);
        using var memory = ProcessMemory.Open(segment);
        _application.OpenSlot(0, 0, 1);
        memory.Executions = 3;
        _now += milliseconds;

        Assert.Equal(verdict, Gone(1, segment, 0, ProcessPhase.Mutating, new WorkerExit(3, WorkerExitCause.Own, null, $"of the target\n{OurWords}\n")));

        Assert.Empty(_deaths);
        Assert.Equal([OurWords], _failures);
        Assert.Equal(1, _application.Deaths);
    }

    // A spare, and a worker that has only become warm.
    [Theory]
    [InlineData(null, ProcessVerdict.Failed)]
    [InlineData(0, ProcessVerdict.BeforeFirstExecution)]
    public void A_worker_that_fails_by_itself_before_it_works_is_not_judged_either(int? slot, ProcessVerdict verdict)
    {
        using var segment = _application.CreateProcessSegment(1);
        using var memory = ProcessMemory.Open(segment);
        memory.Executions = 3;
        if (slot is { } number) _application.OpenSlot(number, 0, 1);
        _now += 1_000_000;

        Assert.Equal(verdict, Gone(1, segment, slot, ProcessPhase.Idle, new WorkerExit(3, WorkerExitCause.Own, null, OurWords)));

        Assert.Empty(_deaths);
    }

    [Theory]
    // The target's own exit; its memory, which it has filled; an end that we brought about.
    [InlineData(3, "", null)]
    [InlineData(3, OurWords + "\n\nProcess exit.\n   at Lib.Die(Int32 code)\n", null)]
    [InlineData(3, "shmem-fuzz: failed: System.OutOfMemoryException: no more", null)]
    [InlineData(7, OurWords, null)]
    [InlineData(3, OurWords, KillReasons.Hang)]
    public void Other_ends_are_judged(int exitCode, string stderr, string? killedFor)
    {
        using var segment = _application.CreateProcessSegment(1);
        _application.OpenSlot(0, 0, 1);

        var verdict = Gone(1, segment, 0, ProcessPhase.Running, new WorkerExit(exitCode, WorkerExitCause.Own, killedFor, stderr));

        Assert.Equal(ProcessVerdict.AfterFirstExecution, verdict);
        Assert.Single(_deaths).HangMap?.Dispose();
        Assert.Empty(_failures);
    }

    [Theory]
    [InlineData(ProcessPhase.Running, true)]
    // It has ended just before its process: the map may be cleared, and would pass for a hang that is known.
    [InlineData(ProcessPhase.Judging, false)]
    [InlineData(ProcessPhase.Mutating, false)]
    public void The_map_is_the_hang_s_only_while_it_runs(ProcessPhase phase, bool has)
    {
        using var segment = _application.CreateProcessSegment(1);
        _application.OpenSlot(0, 0, 1);
        Gone(1, segment, 0, phase, new WorkerExit(0, WorkerExitCause.Own, KillReasons.Hang, ""));
        using var map = Assert.Single(_deaths).HangMap;
        Assert.Equal(has, map is not null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(SlotCheckpoint.CapacityOffset)]
    public void A_checkpoint_that_a_target_has_damaged_is_laid_out_anew(int offset)
    {
        using var memory = _application.CreateProcessSegment(1);
        var slot = _application.OpenSlot(0, 0, 1);
        using var segment = _provider.Open(slot.Checkpoint);
        int capacity;
        using (var checkpoint = SlotCheckpoint.Open(segment))
        {
            capacity = checkpoint.Capacity;
            checkpoint.Write([1, 2, 3]);
        }

        Gone(1, memory, 0, ProcessPhase.Running, new WorkerExit(139, WorkerExitCause.Own, null, ""));
        using (var checkpoint = SlotCheckpoint.Open(segment)) Assert.True(checkpoint.TryRead(out _));

        segment.Ref<int>(offset) = 77;
        using var second = _application.CreateProcessSegment(2);
        _application.OpenSlot(0, 1, 2);
        Gone(2, second, 0, ProcessPhase.Running, new WorkerExit(139, WorkerExitCause.Own, null, ""));

        using var anew = SlotCheckpoint.Open(segment);
        Assert.Equal(capacity, anew.Capacity);
        Assert.False(anew.TryRead(out _));
    }

    [Fact]
    public void A_process_that_was_not_started_is_none()
    {
        using var segment = _application.CreateProcessSegment(1);
        _application.ProcessNotStarted(1);
        Assert.Empty(_application.Workers);
    }

    /// <summary>A worker writes until its log goes on in the next segment, which is disposed.</summary>
    private void Fill(SlotSegments slot, ShMem next)
    {
        using (next)
        using (var log = _provider.Open(slot.Log))
        using (var writer = CorpusLogWriter.Open(log, 1, description => _provider.Open(description)))
        {
            writer.SetNext(next);
            while (writer.Segment == 0) Assert.True(writer.Append(RecordKind.Entry, new byte[CorpusLog.MostPayload], [], default));
        }
    }

    private void End(long number, ProcessPhase phase, WorkerExit exit)
    {
        using var segment = _application.CreateProcessSegment(number);
        Gone(number, segment, null, phase, exit);
    }

    /// <summary>A process ends with one execution's input in its memory.</summary>
    private ProcessVerdict Gone(long number, ShMem segment, int? slot, ProcessPhase phase, WorkerExit exit)
    {
        using (var memory = ProcessMemory.Open(segment))
        {
            "input"u8.CopyTo(memory.Inputs.Begin(5));
            memory.Inputs.Commit(5);
            memory.Phase = phase;
        }

        return _application.ProcessGone(new WorkerGone(new HolderId(number, 1, 1), slot, 0, segment, exit));
    }
}
