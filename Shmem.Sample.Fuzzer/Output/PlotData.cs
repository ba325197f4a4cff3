using System.Globalization;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary><c>OUT/plot_data</c> as afl-plot reads it. Its columns have places and not names, so what only each worker knows (the scheduler's numbers) stands there as 0.</summary>
internal sealed class PlotData
{
    public const string Name = "plot_data";

    public const string Header = "# relative_time, cycles_done, cur_item, corpus_count, pending_total, pending_favs, map_size, " +
        "saved_crashes, saved_hangs, max_depth, execs_per_sec, total_execs, edges_found";

    private readonly string _path;

    /// <summary>Goes on with the file in <paramref name="folder"/>, or begins one.</summary>
    public PlotData(string folder)
    {
        _path = Path.Combine(folder, Name);
        if (!File.Exists(_path))
            WholeFile.Write(_path, System.Text.Encoding.ASCII.GetBytes(Header + "\n"), overwrite: false);
    }

    public void Append(FuzzerStats s)
    {
        var coverage = s.TotalEdges > 0 ? 100.0 * s.EdgesFound / s.TotalEdges : 0;
        File.AppendAllText(_path, string.Create(CultureInfo.InvariantCulture,
            $"{(long)s.RunTime.TotalSeconds}, 0, 0, {s.CorpusCount}, 0, 0, {coverage:F2}%, {s.SavedCrashes}, {s.SavedHangs}, 0, {s.RateOfLastMinute:F2}, {s.Executions}, {s.EdgesFound}\n"));
    }
}
