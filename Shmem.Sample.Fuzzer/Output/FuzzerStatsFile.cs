using System.Globalization;
using System.Text;
using Shmem.Sample.Fuzzer.Ui;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary><c>OUT/fuzzer_stats</c> in afl-fuzz's format and with its keys, so that its tools (<c>afl-whatsup</c>, <c>afl-plot</c>) read it.</summary>
internal sealed class FuzzerStatsFile(string folder)
{
    public const string Name = "fuzzer_stats";

    // As afl-fuzz pads its keys.
    private const int KeyWidth = 18;

    // A campaign of a thousand years: what is added to them does not overflow.
    private const long MostSeconds = 1000L * 366 * 86_400;
    private const long MostExecutions = long.MaxValue / 2;

    private readonly string _path = Path.Combine(folder, Name);

    /// <summary>Replaces the file; a reader sees the old one or the new one.</summary>
    /// <exception cref="IOException">The disk is full or the folder is gone.</exception>
    public void Write(FuzzerStats stats) => WholeFile.Write(_path, Encoding.UTF8.GetBytes(Format(stats)), overwrite: true);

    /// <summary>What the last fuzzer on this folder wrote; zero where it wrote nothing that can be read.</summary>
    public EarlierRuns ReadTotals()
    {
        if (!File.Exists(_path)) return default;
        var lines = File.ReadAllLines(_path).Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2).ToLookup(pair => pair[0].Trim(), pair => pair[1]);
        return new EarlierRuns(TimeSpan.FromSeconds(Total("run_time", MostSeconds)), Total("execs_done", MostExecutions));

        long Total(string key, long most) => long.TryParse(lines[key].FirstOrDefault(), CultureInfo.InvariantCulture, out var total) ? Math.Clamp(total, 0, most) : 0;
    }

    internal static string Format(FuzzerStats stats)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in Lines(stats))
        {
            if (value is not null)
                text.Append(key.PadRight(KeyWidth)).Append(": ").Append(value).Append('\n');
        }
        return text.ToString();
    }

    private static IEnumerable<(string Key, string? Value)> Lines(FuzzerStats s)
    {
        var seconds = s.RunTime.TotalSeconds;
        yield return ("start_time", Unix(s.Start));
        yield return ("last_update", Unix(s.LastUpdate));
        yield return ("run_time", Number((long)seconds));
        yield return ("fuzzer_pid", Number(s.FuzzerPid));
        yield return ("execs_done", Number(s.Executions));
        yield return ("execs_per_sec", Fraction(seconds > 0 ? s.Executions / seconds : 0));
        yield return ("execs_ps_last_min", Fraction(s.RateOfLastMinute));
        yield return ("corpus_count", Number(s.CorpusCount));
        yield return ("corpus_found", Number(s.CorpusFound));
        yield return ("corpus_imported", Number(s.CorpusImported));
        yield return ("bitmap_cvg", Fraction(s.TotalEdges > 0 ? 100.0 * s.EdgesFound / s.TotalEdges : 0) + "%");
        yield return ("saved_crashes", Number(s.SavedCrashes));
        yield return ("saved_hangs", Number(s.SavedHangs));
        // AFL writes 0 for never.
        yield return ("last_find", Unix(s.LastFind) ?? "0");
        yield return ("last_crash", Unix(s.LastCrash) ?? "0");
        yield return ("last_hang", Unix(s.LastHang) ?? "0");
        yield return ("execs_since_crash", Number(s.ExecutionsSinceCrash));
        yield return ("exec_timeout", Number(s.TimeoutMilliseconds));
        yield return ("peak_rss_mb", Number(s.PeakRssMegabytes));
        yield return ("edges_found", Number(s.EdgesFound));
        yield return ("total_edges", Number(s.TotalEdges));
        yield return ("afl_banner", OneLine.Of(s.Banner));
        yield return ("afl_version", "shmem-" + ProductVersion.Text);
        yield return ("target_mode", "dotnet");
        yield return ("command_line", OneLine.Of(s.CommandLine));
    }

    private static string? Unix(DateTimeOffset? time) => Number(time?.ToUnixTimeSeconds());

    private static string? Number(long? value) => value?.ToString(CultureInfo.InvariantCulture);

    private static string Fraction(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
