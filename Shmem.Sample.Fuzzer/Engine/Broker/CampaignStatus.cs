using Shmem.Backends.Coverage;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Ui;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Puts together what the views show. One thread.</summary>
internal sealed class CampaignStatus(string target, int edges, CampaignOptions options, EarlierRuns before)
{
    private readonly RateMeter _total = new();

    public WorkerRows Rows { get; } = new(options.Workers);

    public CampaignSnapshot Take(string stage, TimeSpan now, FuzzApplication application, CoverageBoard board, CorpusKeeper keeper, FindingDesk desk,
        DeathJudge judge, Warnings warnings, long? peakResident)
    {
        var executions = application.Executions;
        var findings = desk.Saved;
        var hangs = findings.Count(f => f.Kind == FindingKind.Hang);
        var (lastCrash, lastHang) = desk.Last;
        return new CampaignSnapshot
        {
            Target = target,
            Stage = stage is "fuzzing" or "stopping" && judge.Waiting is > 0 and var waiting ? $"{stage}, judging {waiting}" : stage,
            Elapsed = now,
            Limit = options.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Workers = Rows.Of(application.Workers, now),
            WorkersWanted = options.Workers,
            Executions = executions,
            ExecutionsPerSecond = _total.Sample(now, executions),
            EdgesFound = board.EdgesFound(BoardKind.Queue),
            EdgesTotal = edges,
            CorpusCount = keeper.Count,
            CorpusFound = keeper.Found,
            Crashes = findings.Count - hangs,
            Hangs = hangs,
            Unreproduced = judge.Unreproduced,
            Unjudged = judge.Unjudged,
            Deaths = application.Deaths,
            KnownFindings = desk.Met,
            ExpectedDeaths = desk.Expected,
            LastFind = Age(keeper.LastFind, now),
            LastCrash = Age(lastCrash?.TimeMilliseconds, before.Time + now),
            LastHang = Age(lastHang?.TimeMilliseconds, before.Time + now),
            ExecutionsSinceCrash = lastCrash is null ? null : Math.Max(0, before.Executions + executions - lastCrash.Executions),
            PeakRss = peakResident,
            Findings = findings,
            Warnings = warnings.All,
        };
    }

    private static TimeSpan? Age(long? milliseconds, TimeSpan now) =>
        milliseconds is { } then ? TimeSpan.FromMilliseconds(Math.Max(0, now.TotalMilliseconds - then)) : null;
}
