using System.Globalization;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary><c>--plain</c>: one line of <c>key=value</c> for each snapshot, and one for each new finding and warning. Keys and their order are
/// stable: scripts read them.</summary>
internal sealed class PlainView(TextWriter output) : IProgressView
{
    private int _findings;
    private int _warnings;

    public void Show(CampaignSnapshot snapshot)
    {
        try
        {
            for (; _warnings < snapshot.Warnings.Count; _warnings++)
                output.WriteLine($"warning {OneLine.Of(snapshot.Warnings[_warnings])}");
            for (; _findings < snapshot.Findings.Count; _findings++)
                output.WriteLine(Line(snapshot.Findings[_findings]));
            output.WriteLine(Line(snapshot));
            output.Flush();
        }
        catch (IOException)
        {
            // Stdout is closed, or a file on a full disk. The findings are in OUT all the same.
        }
    }

    public void Dispose()
    {
        // Every line was flushed; the writer is the caller's.
    }

    internal static string Line(CampaignSnapshot s) => string.Create(CultureInfo.InvariantCulture,
        $"time={(long)s.Elapsed.TotalSeconds} execs={s.Executions} rate={s.ExecutionsPerSecond:F0} edges={s.EdgesFound}/{s.EdgesTotal} corpus={s.CorpusCount} crashes={s.Crashes} hangs={s.Hangs} unreproduced={s.Unreproduced} known={s.KnownFindings} deaths={s.Deaths} workers={s.WorkersRunning}/{s.WorkersWanted} last_find={Seconds(s.LastFind)} last_crash={Seconds(s.LastCrash)} stage={s.Stage.Replace(' ', '-')}");

    // The file's name comes last: it is the only value that may hold a blank.
    private static string Line(FindingRecord f) => OneLine.Of(
        $"finding kind={f.Kind} exception={f.Exception ?? "-"} frame={(f.Frame ?? "-").Replace(' ', '_')} file={f.File}");

    private static string Seconds(TimeSpan? age) =>
        age is { } time ? ((long)time.TotalSeconds).ToString(CultureInfo.InvariantCulture) : "-";
}
