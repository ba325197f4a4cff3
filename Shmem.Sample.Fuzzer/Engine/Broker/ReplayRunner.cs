using Shmem.Backends;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Targets;
using Shmem.Sample.Fuzzer.Ui;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>The command <c>replay</c>: runs saved inputs again, each in a process of its own, and prints how it ends.</summary>
internal static class ReplayRunner
{
    /// <returns>1 when an input does something that is a finding, else 0.</returns>
    public static async Task<int> RunAsync(ReplayOptions options, TextWriter output, CancellationToken stop)
    {
        GivenEnvironment.CheckSharedMemory();
        var reproduced = false;
        foreach (var file in options.Files) reproduced |= await ReplayAsync(file, options, output, stop).ConfigureAwait(false);
        return reproduced ? ExitCodes.Reproduced : ExitCodes.Success;
    }

    private static async Task<bool> ReplayAsync(string file, ReplayOptions options, TextWriter output, CancellationToken stop)
    {
        var input = await ReadAsync(file, stop).ConfigureAwait(false);
        var campaign = options.Assembly is not null
            ? new CampaignOptions()
            : CampaignFile.FindFor(file) ?? throw new InputException(file, "lies in no campaign", "Name the target with --assembly and --method.");
        var target = ChosenTarget.Of(options.Assembly ?? campaign.Assembly, options.Method ?? campaign.Method, campaign.Instrument,
            options.StackKilobytes ?? campaign.StackKilobytes, options.Guard ?? campaign.Guard, options.Expect.Count > 0 ? options.Expect : campaign.Expect);
        var set = InstrumentationCache.Open().Instrument(TargetInspector.Inspect(target.Spec).Assemblies, stop);
        var names = TargetTypeNames.FromFiles(set.Assemblies.Select(a => a.Path));
        var provider = new StdShMemProvider();
        var runner = new VerdictRunner(new OwnSegments(provider),
            WorkerPayload.Of(set, target.Spec, target.Expect, 0, Environment.TickCount64, provider), set.EdgeCount, names);
        // As patient as the campaign was when it confirmed the finding.
        var limits = new VerdictLimits(TimeSpan.FromMilliseconds(3.0 * (options.TimeoutMilliseconds ?? campaign.TimeoutMilliseconds)),
            (long)(options.MemoryMegabytes ?? campaign.MemoryMegabytes) << 20, TimeSpan.FromMilliseconds(200));

        var verdict = await runner.RunAsync([input], limits, stop).ConfigureAwait(false);
        verdict.ThrowIfItCannotStart(target.Name);
        verdict.ThrowIfAnAssemblyIsMissing(_ => file);
        var finding = verdict.Fatal is null ? verdict.Answers[0] : verdict.FatalFinding(names, new FindingSource(-1, 0, 0));
        output.WriteLine($"{Invocation.Shortest(file, Environment.CurrentDirectory)} ({input.Length} bytes, {target.Name})");
        if (finding is null || verdict.IsExpected)
        {
            output.WriteLine(finding is null ? "  nothing happens" : $"  {finding.ExceptionType} ends the process, which is expected");
            return false;
        }

        output.WriteLine($"  {finding.Key}");
        if (finding.ExceptionType is not null) output.WriteLine($"  {finding.ExceptionType}: {finding.Message}");
        foreach (var frame in finding.Frames.Where(f => !KeyFrame.IsEngine(f))) output.WriteLine($"    at {frame}");
        if (verdict.Stacks is { Failure: not null } unread) output.WriteLine($"  its stack cannot be read: {PtraceScope.Refusal() ?? unread.Reason}");
        if (verdict.Fatal is not null) output.WriteLine($"  the process {verdict.Exit.Describe()}");
        return true;
    }

    /// <summary>Reads no more than an input may have: what is named may have no end.</summary>
    private static async Task<byte[]> ReadAsync(string file, CancellationToken stop)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read);
            var input = new byte[SeedFolder.MaxLength + 1];
            var length = await stream.ReadAtLeastAsync(input, input.Length, throwOnEndOfStream: false, stop).ConfigureAwait(false);
            if (length > SeedFolder.MaxLength) throw new InputException(file, $"longer than {SeedFolder.MaxLength} bytes", "Give an input of at most that length.");
            return input[..length];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(file, "cannot be read", "Make the file readable, or leave it out.");
        }
    }
}
