using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Ui;

namespace Shmem.Tests.Ui;

/// <summary>Snapshots to show.</summary>
internal static class Snapshots
{
    public static CampaignSnapshot Running { get; } = new()
    {
        Target = "N.T.Parse",
        Stage = "dry run",
        Elapsed = TimeSpan.FromSeconds(75.5),
        Workers =
        [
            new() { Slot = 0, Generation = 1, Pid = 4242, State = "running", ExecutionsPerSecond = 150_000, Executions = 9_000_000 },
            new() { Slot = 1, Generation = 3, Pid = null, State = "starting", ExecutionsPerSecond = 0, Executions = 100 },
        ],
        WorkersWanted = 2,
        Executions = 9_000_100,
        ExecutionsPerSecond = 150_000.4,
        EdgesFound = 120,
        EdgesTotal = 480,
        CorpusCount = 33,
        Crashes = 1,
        Hangs = 1,
        Unreproduced = 2,
        Deaths = 5,
        KnownFindings = 7,
        LastFind = TimeSpan.FromSeconds(3),
        Findings = [Finding(FindingKind.Exception, "crashes/id:000000,sig:06"), Finding(FindingKind.Hang, "hangs/id:000000")],
    };

    public static CampaignSnapshot Empty { get; } = new()
    {
        Target = "",
        Stage = "",
        Elapsed = TimeSpan.Zero,
        Workers = [],
        WorkersWanted = 0,
        Executions = 0,
        ExecutionsPerSecond = 0,
        EdgesFound = 0,
        EdgesTotal = 0,
        CorpusCount = 0,
        Crashes = 0,
        Hangs = 0,
        Unreproduced = 0,
        Deaths = 0,
        KnownFindings = 0,
    };

    /// <summary>More of everything than any screen has room for, with text that would be markup or steer the terminal.</summary>
    public static CampaignSnapshot Full { get; } = Running with
    {
        Target = "[red]" + new string('t', 300) + "\e[2J",
        Stage = "confirming a hang [/]",
        Executions = long.MaxValue,
        Workers = [.. Enumerable.Range(0, 256).Select(slot => Running.Workers[0] with { Slot = slot, State = "[x]" })],
        Findings = [.. Enumerable.Range(0, 200).Select(n => Finding(FindingKind.Exception, $"crashes/id:{n:D6}") with { Frame = "N.T[].M\n" + new string('f', 200) })],
        Warnings = ["a [warning] " + new string('w', 300)],
        EdgesFound = 500,
    };

    public static FindingRecord Finding(FindingKind kind, string file) => new()
    {
        File = file,
        Kind = kind,
        Key = $"{kind} N.T.Inner",
        Exception = kind == FindingKind.Hang ? null : "System.FormatException",
        Frame = "N.T.Inner(Byte[] data)",
    };
}
