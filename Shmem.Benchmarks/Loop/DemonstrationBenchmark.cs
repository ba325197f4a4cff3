using System.Diagnostics;
using System.Globalization;
using Shmem.Benchmarks.Measuring;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Benchmarks.Loop;

/// <summary>How long two workers take until the demonstration library's five planted bugs are found, from its one valid seed, for several random seeds.</summary>
internal static class DemonstrationBenchmark
{
    private static readonly FindingKind[] Planted =
        [FindingKind.Exception, FindingKind.StackOverflow, FindingKind.Hang, FindingKind.AccessViolation, FindingKind.OutOfMemory];

    /// <summary>How long all five may take.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(60);

    /// <summary>A run that takes longer goes on for a while, to tell how long.</summary>
    private static readonly TimeSpan Limit = 2 * Most;

    public static async Task RunAsync(int seeds)
    {
        var seconds = new List<double>();
        var executions = new List<double>();
        for (var seed = 1; seed <= seeds; seed++)
        {
            var (found, elapsed, count) = await RunAsync((ulong)seed).ConfigureAwait(false);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"seed {seed,2}: {found.Count} of {Planted.Length} in {elapsed.TotalSeconds:F1} s and {count:N0} executions ({Text(found)})"));
            if (found.Count < Planted.Length) continue;
            seconds.Add(elapsed.TotalSeconds);
            executions.Add(count);
        }

        if (seconds.Count > 0)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"all five in {seconds.Count} of {seeds} runs, median {Comparison.Median(seconds):F1} s, longest {seconds.Max():F1} s, median {Comparison.Median(executions):N0} executions"));
        }

        Bounds.Tell($"all five in each of {seeds} runs within {Most.TotalSeconds} s", seconds.Count(taken => taken <= Most.TotalSeconds) == seeds);
    }

    /// <summary>When each was found, and which were not.</summary>
    private static string Text(Dictionary<FindingKind, TimeSpan> found) => string.Join(", ", found
        .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {one.Value.TotalSeconds:F0} s"))
        .Concat(Planted.Except(found.Keys).Select(kind => $"{kind} missing")));

    private static async Task<(Dictionary<FindingKind, TimeSpan> Found, TimeSpan Elapsed, long Executions)> RunAsync(ulong seed)
    {
        var output = Path.Combine(Directory.CreateTempSubdirectory("shmem-demo-").FullName, "out");
        var program = Path.Combine(AppContext.BaseDirectory, "fuzzer", "shmem-fuzz.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet",
        [
            "exec", program, "fuzz", "-o", output, "--workers", "2", "-s", seed.ToString(CultureInfo.InvariantCulture), "-m", "256", "-t", "300",
            "-V", Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture), "--plain",
        ]) { RedirectStandardOutput = true })!;
        var found = new Dictionary<FindingKind, TimeSpan>();
        var clock = Stopwatch.StartNew();
        var (elapsed, executions) = (Limit, 0L);
        while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.StartsWith("time=", StringComparison.Ordinal))
                executions = long.Parse(line.Split(' ')[1].Split('=')[1], CultureInfo.InvariantCulture);
            if (!line.StartsWith("finding ", StringComparison.Ordinal) || !Enum.TryParse<FindingKind>(line.Split(' ')[1].Split('=')[1], out var kind)) continue;
            if (!Planted.Contains(kind) || !found.TryAdd(kind, clock.Elapsed)) continue;
            if (found.Count < Planted.Length) continue;
            elapsed = clock.Elapsed;
            process.Kill(entireProcessTree: true);
        }

        Directory.Delete(Path.GetDirectoryName(output)!, recursive: true);
        return (found, elapsed, executions);
    }
}
