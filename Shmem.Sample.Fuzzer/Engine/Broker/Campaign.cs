using System.Diagnostics;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Shmem.Actors;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Ui;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>A running campaign: the segments, the workers, the judge, and the loop that looks after them.</summary>
internal sealed class Campaign : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan DrainEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ShowEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TouchEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long after the campaign's end the judgement of a death may begin; one that has begun may go on for <see cref="VerdictRunner.LongestOf"/>, so that a
    /// hang is run to three times its time limit. What is left then goes to <c>unreproduced/</c>.
    /// </summary>
    private static readonly TimeSpan JudgeGrace = TimeSpan.FromSeconds(10);

    private readonly OutputFolder _folder;
    private readonly PreparedCampaign _prepared;
    private readonly BrokerHost _host;
    private readonly Warnings _warnings;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan? _firstExecution;
    private IReadOnlyList<int> _stillThere = [];
    private readonly CampaignStatus _status;
    private readonly CoverageBoard _board;
    private readonly ShMemDescription _boardDescription;
    private readonly SeedLog _seedLog;
    private readonly FindingDesk _desk;
    private readonly DeathJudge _judge;
    private readonly CorpusKeeper _keeper;
    private readonly FuzzApplication _application;
    private readonly IProgressView[] _views;
    private readonly StatisticsView _statistics;
    private readonly TaskCompletionSource<string> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly System.Collections.Concurrent.ConcurrentQueue<ShMemDescription> _newLogs = new();

    private Campaign(OutputFolder folder, PreparedCampaign prepared, BrokerHost host, IProgressView view, ILoggerFactory log, ShMem board, SeedLog seedLog)
    {
        (_folder, _prepared, _host) = (folder, prepared, host);
        _warnings = new Warnings(prepared.Warnings);
        var options = folder.Options;
        var limit = TimeSpan.FromMilliseconds(options.TimeoutMilliseconds);
        var names = TargetTypeNames.FromFiles(prepared.Set.Assemblies.Select(a => a.Path));
        var payload = WorkerPayload.Of(prepared.Set, prepared.Target.Spec, prepared.Target.Expect, prepared.RandomSeed, Environment.TickCount64,
            host.Provider) with { Dictionary = prepared.Dictionary is null ? null : folder.DictionaryCopy };
        HeapLimit = (long)options.MemoryMegabytes << 20;
        Limits = new VerdictLimits(3 * limit, HeapLimit, TimeSpan.FromMilliseconds(20));
        Runner = new VerdictRunner(host.Segments, payload, prepared.Set.EdgeCount, names, folder.Workers);
        _board = host.Own(CoverageBoard.Create(host.Own(board), new MapIdentity(prepared.Set.Identity.Span), prepared.Set.EdgeCount));
        _boardDescription = board.Description;
        _seedLog = host.Own(seedLog);
        _desk = new FindingDesk(folder, new KnownFindings(folder.Findings.ConfirmedKeys()), Warn);
        _judge = new DeathJudge(Runner, _board, _desk, new UnreproducedInputs(folder.Unreproduced, log.CreateLogger<UnreproducedInputs>()), names, Limits, EntryId,
            Warn, log.CreateLogger<DeathJudge>());
        _keeper = host.Own(new CorpusKeeper(host.Segments, folder, _desk, _judge, () => _application!.Executions, Warn));
        _application = host.Own(new FuzzApplication(host.Provider, host.Segments, payload, prepared.Set.EdgeCount, limit, board.Description, seedLog.First.Description,
            OnDeath, WarnOfFailure, () => _clock.ElapsedMilliseconds, log.CreateLogger<FuzzApplication>()));
        _application.LogCreated += created => _newLogs.Enqueue(created.Description);
        host.Segments.Refused += WarnOfRefusal;
        _statistics = new StatisticsView(folder, TimeProvider.System, Environment.CommandLine, Warn);
        _views = [view, _statistics];
        _status = new CampaignStatus(prepared.Target.Name, prepared.Set.EdgeCount, options, folder.Before);
    }

    /// <summary>The newest snapshot; null before the first. After a failure it is of the end.</summary>
    public CampaignSnapshot? Last { get; private set; }

    /// <summary>Processes that did not end.</summary>
    public IReadOnlyList<string> Leftovers => [.. _stillThere.Concat(Runner.StillThere).Select(pid => $"process {pid}, which does not end although it was killed")];

    private VerdictRunner Runner { get; }

    private VerdictLimits Limits { get; }

    private long HeapLimit { get; }

    /// <summary>Starts the broker and runs the seeds; when they have come back the folder's campaign begins.</summary>
    public static async Task<Campaign> StartAsync(OutputFolder folder, PreparedCampaign prepared, IProgressView view, ILoggerFactory log, CancellationToken stop)
    {
        // First: what they keep is swept at the host's start.
        await PreviousWorkers.EndAsync(folder.Workers, log, stop).ConfigureAwait(false);
        var host = await BrokerHost.StartAsync(log).ConfigureAwait(false);
        Campaign? campaign = null;
        try
        {
            var board = await host.Segments.CreateAsync(CoverageBoard.SizeFor(prepared.Set.EdgeCount), "coverage board").ConfigureAwait(false);
            var seedLog = await SeedLog.CreateAsync(host.Segments, prepared.Seeds).ConfigureAwait(false);
            campaign = new Campaign(folder, prepared, host, view, log, board, seedLog);
            await campaign.TrySeedsAsync(stop).ConfigureAwait(false);
            // A new campaign's is there since the folder is.
            if (folder.Options.Resume && prepared.Dictionary is { } dictionary) folder.SaveDictionary(dictionary);
            folder.Begin();
            await campaign._judge.JudgeUnnamedAsync(folder.UnnamedFindings(), stop).ConfigureAwait(false);
            return campaign;
        }
        catch
        {
            if (campaign is not null) await campaign.DisposeAsync().ConfigureAwait(false);
            else await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Fuzzes until the campaign's limit or until <paramref name="stop"/>, then saves everything.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var judging = new CancellationTokenSource();
        using var running = new CancellationTokenSource();
        var judge = _judge.RunAsync(judging.Token, running.Token);
        _host.Subscribe(OnEvent, typeof(WorkerStarted), typeof(SlotParked), typeof(SlotGaveUp), typeof(WorkerStartsFailed), typeof(WorkersFailed));
        var supervisor = _host.StartWorkers(new WorkerOptions(
            new WorkerLaunch(WorkerCommand.ThisExecutable("worker"))
            {
                HeapLimit = HeapLimit,
                RuntimeSettings = RuntimeSettings.ForTargets,
                Register = _folder.Workers,
            },
            _host.Certificate?.Export() ?? []) { Slots = _folder.Options.Workers }, _application, StopGrace);
        _application.LogCreated += created => supervisor.Tell(new AnnounceSegment(created));
        var monitor = new WorkerMonitor(_application, supervisor, HeapLimit + VerdictRunner.BesidesHeap);
        try
        {
            await LookAfterAsync(monitor, judge, stop).ConfigureAwait(false);
            Show("stopping", monitor);
        }
        finally
        {
            try
            {
                await StopAsync(supervisor).ConfigureAwait(false);
            }
            finally
            {
                judging.CancelAfter(JudgeGrace);
                running.CancelAfter(JudgeGrace + VerdictRunner.LongestOf(Limits));
                try
                {
                    // It may take minutes, and there is more to tell with each.
                    await ShowUntilAsync(judge, () => Show("stopping", monitor)).ConfigureAwait(false);
                }
                finally
                {
                    // Also after a failure: the campaign goes on from what the statistics say.
                    Show("ended", monitor);
                }
            }
        }

        if (_failed.Task.IsCompletedSuccessfully) throw new InvalidOperationException(await _failed.Task.ConfigureAwait(false));
    }

    public async ValueTask DisposeAsync()
    {
        _statistics.Dispose();
        await _host.DisposeAsync().ConfigureAwait(false);
    }

    private async Task TrySeedsAsync(CancellationToken stop)
    {
        var trial = new SeedTrial(Runner, _seedLog, _boardDescription, Limits, _prepared.Target.Name);
        // To the user alone: no campaign has begun that statistics could be of.
        await ShowUntilAsync(trial.RunAsync(_prepared.Seeds, stop),
            () => _views[0].Show(Take($"dry run, {trial.Done} of {_prepared.Seeds.Count} seeds", peakResident: null))).ConfigureAwait(false);
        foreach (var warning in trial.Warnings) Warn(warning);
        _keeper.TakeSeeds(_seedLog.First.Description, _prepared.Seeds);
    }

    private static async Task ShowUntilAsync(Task done, Action show)
    {
        using var timer = new PeriodicTimer(ShowEvery);
        while (await Task.WhenAny(done, timer.WaitForNextTickAsync(CancellationToken.None).AsTask()).ConfigureAwait(false) != done)
            show();
        await done.ConfigureAwait(false);
    }

    /// <summary>Ends the workers, takes what they have found, and lets the judge come to its end.</summary>
    private async Task StopAsync(IActorRef supervisor)
    {
        _application.BeginStop();
        _status.Rows.Stop();
        try
        {
            var stopped = await supervisor.Ask<WorkersStopped>(new StopWorkers(StopGrace), StopGrace + TimeLimits.Ask, CancellationToken.None).ConfigureAwait(false);
            _stillThere = stopped.StillThere;
        }
        finally
        {
            try
            {
                Drain();
            }
            finally
            {
                // Also where nothing can be saved: the judge says so, and ends.
                _judge.Complete();
            }
        }
    }

    private async Task LookAfterAsync(WorkerMonitor monitor, Task judge, CancellationToken stop)
    {
        var (drainAt, showAt, touchAt) = (TimeSpan.Zero, TimeSpan.Zero, TouchEvery);
        using var timer = new PeriodicTimer(LookEvery);
        // The judge ends this early only where it cannot save what it found.
        while (!stop.IsCancellationRequested && !_failed.Task.IsCompleted && !judge.IsCompleted && !IsOver())
        {
            await timer.WaitForNextTickAsync(CancellationToken.None).ConfigureAwait(false);
            monitor.Look();
            if (_application.Executions > 0) _firstExecution ??= _clock.Elapsed;
            if (_clock.Elapsed >= drainAt)
            {
                Drain();
                drainAt = _clock.Elapsed + DrainEvery;
            }

            if (_clock.Elapsed >= showAt)
            {
                Show("fuzzing", monitor);
                showAt += ShowEvery;
            }

            // Where no worker starts for a month, another campaign would take the set for an old one.
            if (_clock.Elapsed >= touchAt)
            {
                InstrumentationCache.Touch(_prepared.Set);
                touchAt += TouchEvery;
            }
        }
    }

    /// <summary>The time limit is one of fuzzing, as afl-fuzz's is: on a busy machine the start alone can take longer.</summary>
    private bool IsOver() => (_clock.Elapsed - _firstExecution)?.TotalSeconds >= _folder.Options.Seconds || _application.Executions >= _folder.Options.Executions;

    private void Drain()
    {
        while (_newLogs.TryDequeue(out var log)) _keeper.Follow(log);
        _keeper.Drain();
    }

    private void Show(string stage, WorkerMonitor monitor)
    {
        Last = Take(stage, monitor.PeakResident);
        foreach (var view in _views) view.Show(Last);
    }

    private CampaignSnapshot Take(string stage, long? peakResident) =>
        _status.Take(stage, _clock.Elapsed, _application, _board, _keeper, _desk, _judge, _warnings, peakResident);

    private void OnEvent(object happened)
    {
        switch (happened)
        {
            case WorkerStarted started when _application.Find(started.ProcessNumber) is { } worker:
                worker.Pid = started.Pid;
                break;
            case SlotParked parked:
                _status.Rows.Park(parked.Slot);
                break;
            case SlotGaveUp gaveUp:
                _status.Rows.GiveUp(gaveUp.Slot);
                Warn($"slot {gaveUp.Slot} gave up: {gaveUp.Reason}");
                break;
            case WorkerStartsFailed starts:
                _warnings.AddFirst(nameof(WorkerStartsFailed), $"too many starts of workers have failed in a row: where one is missing it is tried again, one at a time ({starts.Reason})");
                break;
            case WorkersFailed failed:
                _failed.TrySetResult(failed.Reason);
                break;
        }
    }

    private void OnDeath(DeathCase death)
    {
        _keeper.AddKill(death.Parent);
        var before = _folder.Before;
        _judge.Post(death with { Executions = before.Executions + death.Executions, Milliseconds = (long)before.Time.TotalMilliseconds + death.Milliseconds });
    }

    private void WarnOfRefusal(string refusal) => _warnings.AddFirst(nameof(WarnOfRefusal),
        $"shared memory was refused: until there is more, a worker whose log is full cannot save what it finds, and no death can be judged ({refusal})");

    private void WarnOfFailure(string failure) => _warnings.AddFirst(nameof(WarnOfFailure),
        $"a worker failed by a fault that is not the input's: another takes its place, and the log has further ones ({FirstLine.Of(failure)})");

    private void Warn(string warning) => _warnings.Add(warning);

    private int? EntryId(CorpusAddress? address) => _keeper.EntryId(address);
}
