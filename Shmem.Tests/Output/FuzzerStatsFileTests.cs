using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.Output;

public sealed class FuzzerStatsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static readonly FuzzerStats s_stats = new()
    {
        Start = DateTimeOffset.FromUnixTimeSeconds(1000),
        LastUpdate = DateTimeOffset.FromUnixTimeSeconds(1010),
        RunTime = TimeSpan.FromSeconds(10),
        FuzzerPid = 77,
        Executions = 12345,
        RateOfLastMinute = 1000.5,
        CorpusCount = 9,
        EdgesFound = 50,
        TotalEdges = 200,
        SavedCrashes = 2,
        SavedHangs = 1,
        LastCrash = DateTimeOffset.FromUnixTimeSeconds(1005),
        TimeoutMilliseconds = 1000,
        Banner = "N.T.M",
        CommandLine = "shmem-fuzz fuzz\n-o out",
    };

    [Theory]
    [InlineData("run_time          : 75\nexecs_done        : 9000100\n", 75, 9_000_100)]
    [InlineData("run_time:-1\nexecs_done:many\n", 0, 0)]
    [InlineData("run_time\n\0: :", 0, 0)]
    public void What_earlier_runs_came_to_is_read_again_and_is_zero_where_it_cannot_be(string text, int seconds, long executions)
    {
        var file = new FuzzerStatsFile(_folder.FullPath);
        Assert.Equal(default, file.ReadTotals());
        File.WriteAllText(_folder["fuzzer_stats"], text);
        Assert.Equal(new EarlierRuns(TimeSpan.FromSeconds(seconds), executions), file.ReadTotals());
    }

    [Fact]
    public void The_file_is_what_AFLs_tools_read()
    {
        Assert.Equal("""
            start_time        : 1000
            last_update       : 1010
            run_time          : 10
            fuzzer_pid        : 77
            execs_done        : 12345
            execs_per_sec     : 1234.50
            execs_ps_last_min : 1000.50
            corpus_count      : 9
            bitmap_cvg        : 25.00%
            saved_crashes     : 2
            saved_hangs       : 1
            last_find         : 0
            last_crash        : 1005
            last_hang         : 0
            exec_timeout      : 1000
            edges_found       : 50
            total_edges       : 200
            afl_banner        : N.T.M
            afl_version       : shmem-0.1.0
            target_mode       : dotnet
            command_line      : shmem-fuzz fuzz -o out

            """, FuzzerStatsFile.Format(s_stats));
    }

    [Fact]
    public void What_is_known_is_written_and_what_is_not_is_left_out()
    {
        Assert.DoesNotContain("peak_rss_mb", FuzzerStatsFile.Format(s_stats));
        Assert.Contains("peak_rss_mb       : 12\n", FuzzerStatsFile.Format(s_stats with { PeakRssMegabytes = 12 }));
    }

    [Fact]
    public void Writing_replaces_the_file_and_leaves_no_other()
    {
        var file = new FuzzerStatsFile(_folder.FullPath);
        file.Write(s_stats);
        file.Write(s_stats with { Executions = 99999 });
        Assert.Contains("99999", File.ReadAllText(_folder["fuzzer_stats"]));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void Plot_data_has_AFLs_header_once_and_a_row_of_as_many_columns()
    {
        new PlotData(_folder.FullPath).Append(s_stats);
        new PlotData(_folder.FullPath).Append(s_stats);
        var lines = File.ReadAllLines(_folder["plot_data"]);
        Assert.Equal([PlotData.Header, "10, 0, 0, 9, 0, 0, 25.00%, 2, 1, 0, 1000.50, 12345, 50", "10, 0, 0, 9, 0, 0, 25.00%, 2, 1, 0, 1000.50, 12345, 50"], lines);
        Assert.Equal(lines[0].Split(',').Length, lines[1].Split(',').Length);
    }
}
