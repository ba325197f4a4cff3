using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Ui;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Ui;

public sealed class StatisticsViewTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly OutputFolder _output;
    private readonly List<string> _warnings = [];

    public StatisticsViewTests() => _output = OutputFolder.Open(new CampaignOptions { Output = _folder["out"] }, TimeProvider.System);

    public void Dispose()
    {
        _output.Dispose();
        _folder.Dispose();
    }

    private string Stats => File.ReadAllText(_folder["out/fuzzer_stats"]);

    private static CampaignSnapshot At(double seconds, long executions) =>
        Snapshots.Running with { Elapsed = TimeSpan.FromSeconds(seconds), Executions = executions };

    [Fact]
    public void The_files_are_written_every_five_seconds_and_at_the_end()
    {
        using (var view = new StatisticsView(_output, TimeProvider.System, "shmem-fuzz", _warnings.Add))
        {
            for (var second = 1; second <= 13; second++)
                view.Show(At(second, second * 10));
            Assert.Contains("execs_done        : 110\n", Stats);
        }
        Assert.Contains("execs_done        : 130\n", Stats);
        Assert.Equal(["1", "6", "11", "13"], File.ReadAllLines(_folder["out/plot_data"]).Skip(1).Select(row => row.Split(',')[0]));
    }

    [Fact]
    public void Files_that_cannot_be_written_are_warned_of_do_not_end_the_campaign_and_are_tried_again()
    {
        using var view = new StatisticsView(_output, TimeProvider.System, "shmem-fuzz", _warnings.Add);
        Directory.CreateDirectory(_folder["out/fuzzer_stats"]);
        view.Show(At(1, 10));
        view.Show(At(2, 10));
        Assert.Contains("fuzzer_stats and plot_data are out of date", Assert.Single(_warnings), StringComparison.Ordinal);
        Directory.Delete(_folder["out/fuzzer_stats"]);
        view.Show(At(3, 20));
        Assert.Single(_warnings);
        Assert.Contains("execs_done        : 20\n", Stats);
    }

    [Fact]
    public void The_rate_of_the_last_minute_forgets_what_is_older()
    {
        using (var view = new StatisticsView(_output, TimeProvider.System, "shmem-fuzz", _warnings.Add))
        {
            for (var second = 0; second <= 200; second++)
                view.Show(At(second, second <= 100 ? second * 1000 : 100_000 + ((second - 100) * 10)));
        }
        Assert.Contains("execs_ps_last_min : 10.00\n", Stats);
        Assert.Contains("execs_per_sec     : 505.00\n", Stats);
    }
}
