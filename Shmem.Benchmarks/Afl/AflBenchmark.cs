using System.Diagnostics;
using System.Globalization;
using Shmem.Benchmarks.Loop;
using Shmem.Benchmarks.Measuring;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Targets;
using Spectre.Console;

namespace Shmem.Benchmarks.Afl;

/// <summary>
/// One worker of ours beside one SharpFuzz process under afl-fuzz: the same harness, library, seed and time limit for an execution, each by its own
/// <c>execs_per_sec</c>. SharpFuzz runs in both of its ways; the faster one counts.
/// </summary>
internal static class AflBenchmark
{
    private const double Bound = 10;

    /// <summary>afl-fuzz takes a limit of its own unless it is told one, and with it handicaps .NET targets; both get this one.</summary>
    private const string TimeoutMilliseconds = "2000";

    private static readonly string[] Names = ["ours", "SharpFuzz in process", "SharpFuzz out of process"];

    public static void Run(int seconds, int turns)
    {
        if (!IsInstalled("afl-fuzz"))
        {
            Console.WriteLine("afl: skipped, there is no afl-fuzz. To have it: apt-get install --no-install-recommends afl++");
            return;
        }

        var folder = Directory.CreateTempSubdirectory("shmem-afl-").FullName;
        try
        {
            Measure(folder, seconds, turns);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Measure(string folder, int seconds, int turns)
    {
        var seeds = Directory.CreateDirectory(Path.Combine(folder, "seeds")).FullName;
        File.WriteAllBytes(Path.Combine(seeds, "seed"), JsonTarget.Seed);
        // Both targets are instrumented before the clock runs: ours lies in the cache then.
        InstrumentationCache.Open().Instrument(TargetInspector.Inspect(TargetSpec.Parse(JsonTarget.Assembly, JsonTarget.Method, [])).Assemblies);
        var target = SharpFuzzTarget.Make(folder);

        var runs = Names.Select(_ => new List<FuzzerRun>()).ToArray();
        for (var turn = 1; turn <= turns; turn++)
        {
            var load = MachineReport.Load;
            for (var side = 0; side < Names.Length; side++)
            {
                var output = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"out-{turn}-{side}"));
                runs[side].Add(side == 0
                    ? FuzzerRun.Of(Ours(seeds, output, seconds, turn), output, TimeSpan.FromSeconds(seconds))
                    : FuzzerRun.Of(AflFuzz(seeds, output, seconds, turn, target, side == 1 ? "in-process" : "out-of-process"), Path.Combine(output, "default"),
                        TimeSpan.FromSeconds(seconds)));
            }

            Console.WriteLine($"turn {turn} of {turns}, load {load}: {string.Join(", ", runs.Select(side => $"{side[^1].ExecutionsPerSecond:N0}/s"))}");
        }

        Print(runs, seconds);
    }

    private static void Print(List<FuzzerRun>[] runs, int seconds)
    {
        var table = new Table().Title($"executions/s on Newtonsoft.Json's reader in {seconds} s, start included; edges, bytes of an entry")
            .AddColumns("", "median", "min", "max", "edges", "bytes", "ratio");
        for (var side = 0; side < Names.Length; side++)
        {
            var speeds = runs[side].Select(run => run.ExecutionsPerSecond).ToArray();
            table.AddRow(Names[side], $"{Comparison.Median(speeds):N0}", $"{speeds.Min():N0}", $"{speeds.Max():N0}",
                $"{Comparison.Median(runs[side].Select(run => (double)run.Edges)):N0}", $"{Comparison.Median(runs[side].Select(run => run.MeanEntryBytes)):N0}",
                $"{Ratio(runs[0], runs[side]):N2}");
        }

        AnsiConsole.Write(table);
        var ratio = runs.Skip(1).Min(side => Ratio(runs[0], side));
        Bounds.Tell($"one worker at least {Bound:N0} x the faster SharpFuzz: {ratio:N2}", ratio >= Bound);
    }

    /// <summary>Taken turn by turn, so that a machine whose speed drifts treats all alike.</summary>
    private static double Ratio(List<FuzzerRun> ours, List<FuzzerRun> theirs) =>
        Comparison.Median(ours.Zip(theirs, (o, t) => o.ExecutionsPerSecond / t.ExecutionsPerSecond));

    private static ProcessStartInfo Ours(string seeds, string output, int seconds, int random) => new("dotnet",
    [
        "exec", Path.Combine(AppContext.BaseDirectory, "fuzzer", "shmem-fuzz.dll"), "fuzz", "--workers", "1", "--plain",
        .. Common(seeds, output, seconds, random), "--assembly", JsonTarget.Assembly, "--method", JsonTarget.Method,
    ]);

    private static ProcessStartInfo AflFuzz(string seeds, string output, int seconds, int random, string target, string way)
    {
        var start = new ProcessStartInfo("afl-fuzz", [.. Common(seeds, output, seconds, random), "--", "dotnet", "exec", target, way]);
        // A .NET program has none of AFL++'s marks. Bound to one core, afl-fuzz and its target were slower on every machine load tried.
        foreach (var name in (string[])["AFL_SKIP_BIN_CHECK", "AFL_NO_AFFINITY", "AFL_SKIP_CPUFREQ", "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "AFL_NO_UI"])
            start.Environment[name] = "1";
        // Its processes die by kill: what the runtime leaves of them goes with the folder.
        start.Environment["TMPDIR"] = Directory.CreateDirectory(output + "-tmp").FullName;
        return start;
    }

    /// <summary>The options that both have under one name.</summary>
    private static string[] Common(string seeds, string output, int seconds, int random) =>
    [
        "-i", seeds, "-o", output, "-t", TimeoutMilliseconds, "-V", seconds.ToString(CultureInfo.InvariantCulture), "-s", random.ToString(CultureInfo.InvariantCulture),
    ];

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
