using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// The dry run: every seed is run once, alone, before a worker starts. Its coverage is claimed and its bytes go to the seeds' log; one that kills or hangs
/// is named and left out. Each record of the log has its seed's number as its parent's ordinal: one that died in its claim may have left its record, or none.
/// </summary>
internal sealed class SeedTrial(VerdictRunner runner, SeedLog log, ShMemDescription board, VerdictLimits limits, string targetName)
{
    /// <summary>Bytes of seeds that one process is given. They stand in the seeds' log as well, and a large corpus need not be in memory twice.</summary>
    private const long MostBytes = 16 << 20;

    private readonly List<string> _warnings = [];
    private string? _worst;
    private int _before;
    private long _executions;

    /// <summary>A line for each seed that does not come back as it should.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>How many have been run so far. Any thread.</summary>
    public long Done => Volatile.Read(ref _before) + Interlocked.Read(ref _executions);

    /// <summary>Runs all of them.</summary>
    /// <exception cref="InputException">The target cannot start, lacks an assembly, or no seed is left.</exception>
    public async Task RunAsync(IReadOnlyList<TrialSeed> seeds, CancellationToken stop)
    {
        var usable = 0;
        ShMemDescription? next = null;
        for (var (done, generation) = (0, 1); done < seeds.Count; generation++)
        {
            var verdict = await runner.RunAsync(FirstOf(seeds, done), limits with { Late = TimeSpan.Zero }, log.First, next, generation, board, firstNumber: done, stop,
                executions => Interlocked.Exchange(ref _executions, executions)).ConfigureAwait(false);
            // The claim in which it died may be of its last seed, which is an entry then: that one has come back.
            var isLastKept = log.Recover() == RecoverResult.Committed;
            next = verdict.IsFull ? await log.GrowAsync().ConfigureAwait(false) : null;
            verdict.ThrowIfItCannotStart(targetName);
            var first = done;
            verdict.ThrowIfAnAssemblyIsMissing(seed => $"seed {seeds[first + seed].Name}");
            foreach (var (i, answer) in verdict.Answers.Index())
            {
                if (answer is null) usable++;
                else Warn(seeds[done + i], $"throws {answer.ExceptionType}: {answer.Message}");
            }

            done += verdict.Answers.Count;
            if (verdict.Fatal is not null)
            {
                if (isLastKept) usable++;
                else Warn(seeds[done], HowItEnds(verdict));
                done++;
            }

            Interlocked.Exchange(ref _executions, 0);
            Volatile.Write(ref _before, done);
        }

        if (usable == 0)
            throw new InputException($"seed {_worst}", $"and no other seed comes back from {targetName}", "Give a seed that the target survives with -i, or name what it throws with --expect.");
    }

    /// <summary>At least one.</summary>
    private static List<ReadOnlyMemory<byte>> FirstOf(IReadOnlyList<TrialSeed> seeds, int from)
    {
        List<ReadOnlyMemory<byte>> first = [seeds[from].Bytes];
        long bytes = seeds[from].Bytes.Length;
        foreach (var seed in seeds.Skip(from + 1))
        {
            bytes += seed.Bytes.Length;
            if (bytes > MostBytes) break;
            first.Add(seed.Bytes);
        }

        return first;
    }

    private static string HowItEnds(Verdict verdict)
    {
        if (verdict.IsExpected) return "ends the process by an exception that --expect names, on another thread";
        return verdict.IsHang ? "runs longer than the time limit" : $"kills the process ({verdict.Exit.Describe()})";
    }

    private void Warn(TrialSeed seed, string why)
    {
        _warnings.Add($"seed {seed.Name} {why}; it is left out");
        _worst ??= $"{seed.Name} {why}";
    }
}
