using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>The fuzzer's own state over kill -9, read from the slot's checkpoint while it works.</summary>
[SupportedOSPlatform("linux")]
public sealed class RestoredStateTests
{
    private const int Kills = 5;

    [Fact]
    public async Task The_successors_of_killed_workers_know_how_often_each_entry_was_picked()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.StartOn("posix", folder.Root, "fuzz", "-o", folder.Out, "--workers", "1", "-s", "7", "--plain", "-V", "3600");
        await fuzzer.UntilAsync(s => Number(s, "execs") > 5000 && Number(s, "corpus") > 3);
        // Its name leads to it: every process that has it mapped can be told by that.
        var (name, checkpoint) = PosixSegments.MappedBy(fuzzer.Pid).Select(Open).Single(opened => opened.Checkpoint is not null);
        using (checkpoint)
        {
            await UntilAsync(() => Picks(checkpoint!).Values.Sum() > 50);
            for (var kill = 0; kill < Kills; kill++)
            {
                // The demonstration's own bugs kill workers as well: there may be none for a moment.
                var worker = 0;
                await UntilAsync(() => (worker = fuzzer.Children().FirstOrDefault(child => PosixSegments.MappedBy(child).Contains(name))) != 0);
                await Tool.Run("sh", "-c", $"kill -9 {worker} || true");
                await UntilAsync(() => !ProcessTree.IsAlive(worker));

                var before = Picks(checkpoint!);
                Assert.NotEmpty(before);
                await UntilAsync(() => HasGoneOn(before, Picks(checkpoint!)));
            }
        }

        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
    }

    /// <summary>The successor, or one of its own, has picked entries. Nobody has forgotten what was known.</summary>
    /// <param name="before">As the dead worker saved it.</param>
    /// <param name="after">As it was saved last; empty where a writer overtook the reading.</param>
    private static bool HasGoneOn(Dictionary<CorpusAddress, int> before, Dictionary<CorpusAddress, int> after)
    {
        if (after.Count == 0) return false;
        var forgotten = before.Count(entry => after.GetValueOrDefault(entry.Key) < entry.Value);
        Assert.True(forgotten == 0, $"of {before.Count} entries {forgotten} are forgotten; {after.Count} are known");
        return after.Values.Sum() > before.Values.Sum();
    }

    /// <summary>How often each entry was picked, as it was saved last.</summary>
    private static Dictionary<CorpusAddress, int> Picks(SlotCheckpoint checkpoint)
    {
        if (!checkpoint.TryRead(out var state)) return [];
        var picks = new Dictionary<CorpusAddress, int>();
        foreach (ref readonly var entry in MemoryMarshal.Cast<byte, SavedEntryState>(state.AsSpan(Unsafe.SizeOf<Rng>()))) picks[entry.Address] = entry.Memory.Picks;
        return picks;
    }

    private static (string Name, SlotCheckpoint? Checkpoint) Open(string path)
    {
        try
        {
            using var segment = PosixSegments.Open(path);
            return (path, SlotCheckpoint.Open(segment));
        }
        catch (Exception other) when (other is ShMemException or IOException)
        {
            // Something else, or gone meanwhile.
            return (path, null);
        }
    }

    private static Task UntilAsync(Func<bool> isSo) => Waiting.Until(isSo, FuzzerProcess.Limit, "the worker has come that far");

    private static long Number(IReadOnlyDictionary<string, string> status, string key) => long.Parse(status[key], CultureInfo.InvariantCulture);
}
