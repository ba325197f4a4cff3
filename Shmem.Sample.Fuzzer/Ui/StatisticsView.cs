using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>
/// The view for other programs: keeps <c>fuzzer_stats</c> and <c>plot_data</c>. The last snapshot is always written, at disposal. Where they cannot be written, on a
/// full disk, the user is warned that they are out of date, and the next snapshot tries again.
/// </summary>
internal sealed class StatisticsView(OutputFolder folder, TimeProvider time, string commandLine, Action<string> warn) : IProgressView
{
    /// <summary>How often the files are written.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_rateWindow = TimeSpan.FromMinutes(1);

    private readonly FuzzerStatsFile _stats = new(folder.FullPath);
    private readonly PlotData _plot = new(folder.FullPath);
    private readonly DateTimeOffset _start = time.GetUtcNow();
    private readonly Queue<(TimeSpan Time, long Executions)> _lastMinute = new();
    private TimeSpan? _written;
    private CampaignSnapshot? _pending;
    private bool _isOutOfDate;

    public void Show(CampaignSnapshot snapshot)
    {
        _lastMinute.Enqueue((snapshot.Elapsed, snapshot.Executions));
        while (snapshot.Elapsed - _lastMinute.Peek().Time > s_rateWindow)
            _lastMinute.Dequeue();
        _pending = snapshot;
        if (_written is null || snapshot.Elapsed - _written >= Interval)
            Write(snapshot);
    }

    public void Dispose()
    {
        if (_pending is { } last)
            Write(last);
    }

    private void Write(CampaignSnapshot snapshot)
    {
        try
        {
            var stats = Stats(snapshot);
            _stats.Write(stats);
            _plot.Append(stats);
            _written = snapshot.Elapsed;
            _pending = null;
            _isOutOfDate = false;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            if (!_isOutOfDate) warn($"{FuzzerStatsFile.Name} and {PlotData.Name} are out of date: {refused.Message}");
            _isOutOfDate = true;
        }
    }

    private FuzzerStats Stats(CampaignSnapshot s)
    {
        var now = time.GetUtcNow();
        return new FuzzerStats
        {
            Start = _start,
            LastUpdate = now,
            RunTime = folder.Before.Time + s.Elapsed,
            FuzzerPid = Environment.ProcessId,
            Executions = folder.Before.Executions + s.Executions,
            RateOfLastMinute = Rate(s),
            CorpusCount = s.CorpusCount,
            CorpusFound = s.CorpusFound,
            CorpusImported = 0,
            EdgesFound = s.EdgesFound,
            TotalEdges = s.EdgesTotal,
            SavedCrashes = s.Crashes,
            SavedHangs = s.Hangs,
            LastFind = now - s.LastFind,
            LastCrash = now - s.LastCrash,
            LastHang = now - s.LastHang,
            ExecutionsSinceCrash = s.ExecutionsSinceCrash,
            TimeoutMilliseconds = folder.Options.TimeoutMilliseconds,
            PeakRssMegabytes = s.PeakRss >> 20,
            Banner = s.Target,
            CommandLine = commandLine,
        };
    }

    // Over the time since the start while that is shorter than the window.
    private double Rate(CampaignSnapshot s)
    {
        var oldest = s.Elapsed < s_rateWindow ? default : _lastMinute.Peek();
        var span = (s.Elapsed - oldest.Time).TotalSeconds;
        return span > 0 ? (s.Executions - oldest.Executions) / span : 0;
    }
}
