using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// The dry run: every seed is run once, alone, before a worker starts. Its coverage is claimed and its bytes go to the seeds' log; one that kills or hangs
/// is named and left out.
/// </summary>
internal sealed class SeedTrial(VerdictRunner runner, ISegmentSource segments, ShMem seedLog, ShMemDescription board, VerdictLimits limits, string targetName)
{
    private readonly List<TrialSeed> _survivors = [];
    private readonly List<string> _warnings = [];
    private string? _worst;

    /// <summary>Seeds whose answers stand in the log, in the log's order.</summary>
    public IReadOnlyList<TrialSeed> Survivors => _survivors;

    /// <summary>A line for each seed that does not come back as it should.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Runs all of them.</summary>
    /// <exception cref="InputException">The target cannot start, or no seed is left.</exception>
    public async Task RunAsync(IReadOnlyList<TrialSeed> seeds, CancellationToken stop)
    {
        var usable = 0;
        for (var (done, generation) = (0, 1); done < seeds.Count; generation++)
        {
            var rest = seeds.Skip(done).Select(s => (ReadOnlyMemory<byte>)s.Bytes).ToList();
            var verdict = await runner.RunAsync(rest, limits with { Late = TimeSpan.Zero }, seedLog, generation, board, stop).ConfigureAwait(false);
            CorpusLog.Recover(seedLog, segments.Open);
            verdict.ThrowIfItCannotStart(targetName);
            foreach (var (i, answer) in verdict.Answers.Index())
            {
                _survivors.Add(seeds[done + i]);
                if (answer is null) usable++;
                else Warn(seeds[done + i], $"throws {answer.ExceptionType}: {answer.Message}");
            }

            done += verdict.Answers.Count;
            if (verdict.Fatal is null) continue;
            Warn(seeds[done], verdict.IsHang ? "runs longer than the time limit" : $"kills the process ({verdict.Exit.Describe()})");
            done++;
        }

        if (usable == 0)
            throw new InputException($"seed {_worst}", $"and no other seed comes back from {targetName}", "Give a seed that the target survives with -i, or name what it throws with --expect.");
    }

    private void Warn(TrialSeed seed, string why)
    {
        _warnings.Add($"seed {seed.Name} {why}; it is left out");
        _worst ??= $"{seed.Name} {why}";
    }
}
