using System.Globalization;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>What a campaign says when it ends: each finding and how to see it again.</summary>
internal sealed class SummaryPrinter(TextWriter output, Invocation invocation)
{
    /// <summary>Prints it. <paramref name="leftovers"/> are processes that did not end.</summary>
    public void Print(CampaignSnapshot last, string outputFolder, IReadOnlyList<string> leftovers)
    {
        var share = last.EdgesTotal > 0 ? (double)last.EdgesFound / last.EdgesTotal : 0;
        output.WriteLine();
        output.WriteLine(OneLine.Of(string.Create(CultureInfo.InvariantCulture,
            $"{last.Target}: {last.Executions:N0} executions in {Quantity.Duration(last.Elapsed)}, {last.EdgesFound:N0} of {last.EdgesTotal:N0} edges ({share:P1}), {last.CorpusCount:N0} inputs in the corpus.")));
        if (last.Findings.Count == 0)
            output.WriteLine("No crash and no hang was found.");
        else
            output.WriteLine($"{Plural(last.Findings.Count(f => f.Kind != FindingKind.Hang), "crash", "crashes")} and {Plural(last.Findings.Count(f => f.Kind == FindingKind.Hang), "hang", "hangs")}:");
        foreach (var finding in last.Findings)
            Print(finding, outputFolder);
        if (last.Findings.Count > 0)
            output.WriteLine();
        if (last.KnownFindings > 0)
            output.WriteLine($"Met again: {Plural(last.KnownFindings, "input that ends like one above was", "inputs that end like one above were")} not saved.");
        if (last.ExpectedDeaths > 0)
            output.WriteLine($"Expected: {Plural(last.ExpectedDeaths, "death", "deaths")} by an exception that --expect names, on another thread than the target's.");
        if (last.Unreproduced > last.Unjudged)
            output.WriteLine($"Not reproduced: {Plural(last.Unreproduced - last.Unjudged, "case", "cases")} in {Path.Combine(outputFolder, "unreproduced")}");
        if (last.Unjudged > 0)
            output.WriteLine($"Not judged: {Plural(last.Unjudged, "case", "cases")} in {Path.Combine(outputFolder, "unreproduced")}: replay them to see what they do.");
        foreach (var warning in last.Warnings)
            output.WriteLine(OneLine.Of($"Warning: {warning}"));
        foreach (var leftover in leftovers)
            output.WriteLine(OneLine.Of($"Left behind: {leftover}. The next `-i -` on this folder ends it."));
        output.WriteLine(OneLine.Of($"Everything is in {Invocation.Shortest(outputFolder, Environment.CurrentDirectory)}"));
        output.Flush();
    }

    private void Print(FindingRecord finding, string outputFolder)
    {
        var file = Path.Combine(outputFolder, finding.File);
        output.WriteLine();
        output.WriteLine(OneLine.Of($"  {Name(finding.Kind)}{(finding.Exception is { } type ? $": {type}" : "")}{(finding.Message is { Length: > 0 } message ? $": {message}" : "")}"));
        output.WriteLine(OneLine.Of($"    at      {finding.Frame ?? "an unknown frame"}"));
        output.WriteLine(OneLine.Of($"    file    {Invocation.Shortest(file, Environment.CurrentDirectory)}"));
        output.WriteLine(OneLine.Of($"    replay  {invocation.Replay(file)}{(finding.Confirmed == false ? "  (not run again yet)" : "")}"));
    }

    private static string Name(FindingKind kind) => kind switch
    {
        FindingKind.Exception => "exception",
        FindingKind.UnhandledException => "unhandled exception on another thread",
        FindingKind.StackOverflow => "stack overflow",
        FindingKind.AccessViolation => "access violation",
        FindingKind.FailFast => "fail fast",
        FindingKind.Exit => "the target ended the process",
        FindingKind.Signal => "killed by a signal",
        FindingKind.OutOfMemory => "out of memory",
        FindingKind.Hang => "hang",
        _ => kind.ToString(),
    };

    private static string Plural(long count, string one, string many) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many)}");
}
