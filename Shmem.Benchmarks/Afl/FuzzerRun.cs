using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Shmem.Benchmarks.Afl;

/// <summary>What one run of a fuzzer came to, as it stands in its output folder. Both fuzzers write afl-fuzz's layout.</summary>
/// <param name="ExecutionsPerSecond">Over the whole run, its start included.</param>
/// <param name="Edges">Found, by its own numbering.</param>
/// <param name="MeanEntryBytes">Mean length of a queue entry: how much a mutated input gives the target to do.</param>
internal sealed record FuzzerRun(double ExecutionsPerSecond, int Edges, double MeanEntryBytes)
{
    /// <summary>A fuzzer may start and stop for so long beside its stated time.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(60);

    /// <summary>Runs it to the end of its stated time.</summary>
    /// <exception cref="InvalidOperationException">It failed, did not end, or ran nothing.</exception>
    public static FuzzerRun Of(ProcessStartInfo start, string folder, TimeSpan time)
    {
        var said = new StringBuilder();
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Take(said, line.Data);
        process.ErrorDataReceived += (_, line) => Take(said, line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(time + Grace))
        {
            process.Kill(entireProcessTree: true);
            throw Failed("did not end", start, said);
        }

        if (process.ExitCode != 0) throw Failed($"ended with {process.ExitCode}", start, said);
        var stats = File.ReadLines(Path.Combine(folder, "fuzzer_stats")).Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());
        var speed = double.Parse(stats["execs_per_sec"], CultureInfo.InvariantCulture);
        if (speed == 0) throw Failed("executed nothing", start, said);
        return new FuzzerRun(speed, int.Parse(stats["edges_found"], CultureInfo.InvariantCulture),
            new DirectoryInfo(Path.Combine(folder, "queue")).EnumerateFiles().Average(file => file.Length));
    }

    private static void Take(StringBuilder said, string? line)
    {
        lock (said) said.AppendLine(line);
    }

    private static InvalidOperationException Failed(string how, ProcessStartInfo start, StringBuilder said)
    {
        lock (said) return new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList)} {how}:\n{said}");
    }
}
