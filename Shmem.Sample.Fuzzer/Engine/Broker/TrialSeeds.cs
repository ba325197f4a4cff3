using System.IO.Hashing;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Reads what a campaign starts from.</summary>
internal static class TrialSeeds
{
    /// <summary>The queue of a campaign that goes on; the seeds where it is a new one, or was killed before all of its seeds were in the queue.</summary>
    /// <returns>At least one, and a line for each file that cannot be one.</returns>
    /// <exception cref="InputException">There are no seeds where the user said.</exception>
    public static (IReadOnlyList<TrialSeed> Seeds, IReadOnlyList<string> Warnings) Read(CampaignOptions options, string? ofTarget)
    {
        // What was acknowledged is the corpus to go on with; the board is built again from it.
        var (queue, warnings) = options is { Resume: true, Output: { } output } ? ReadQueue(output) : ([], []);
        if (queue.Count > 0 && options.HasTakenSeeds) return (queue, warnings);
        var path = options.Seeds ?? ofTarget;
        if (queue.Count == 0)
        {
            if (path is null) return ([new TrialSeed(SeedFolder.BuiltIn.Name, SeedFolder.BuiltIn.Bytes)], []);
            var seeds = SeedFolder.Read(path);
            return ([.. seeds.Seeds.Select(s => new TrialSeed(s.Name, s.Bytes))], seeds.Warnings);
        }

        if (path is not null) AddMissing(path, queue, warnings);
        return (queue, warnings);
    }

    private static (List<TrialSeed> Usable, List<string> Unusable) ReadQueue(string output)
    {
        var (usable, unusable) = (new List<TrialSeed>(), new List<string>());
        foreach (var entry in new EntryFolder(Path.Combine(output, "queue")).Entries())
        {
            if (SeedFolder.TryRead(entry.Path, out var bytes, out var why)) usable.Add(new TrialSeed(Path.GetFileName(entry.Path), bytes, entry.Id));
            else unusable.Add($"{entry.Path}: {why}; passed over");
        }

        return (usable, unusable);
    }

    /// <summary>Adds the seeds whose bytes are not in the queue. Where they are gone the queue is enough.</summary>
    private static void AddMissing(string path, List<TrialSeed> queue, List<string> warnings)
    {
        try
        {
            var seeds = SeedFolder.Read(path);
            var known = queue.Select(seed => XxHash128.HashToUInt128(seed.Bytes)).ToHashSet();
            queue.AddRange(seeds.Seeds.Where(seed => !known.Contains(XxHash128.HashToUInt128(seed.Bytes))).Select(seed => new TrialSeed(seed.Name, seed.Bytes)));
            warnings.AddRange(seeds.Warnings);
        }
        catch (InputException unreadable)
        {
            warnings.Add($"{unreadable.What}: {unreadable.Why}; only the queue's inputs are run");
        }
    }
}
