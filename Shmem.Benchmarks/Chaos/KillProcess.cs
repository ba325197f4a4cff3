using Shmem.Backends.Interop;

namespace Shmem.Benchmarks.Chaos;

/// <summary>kill -9 of one of the broker's children.</summary>
internal sealed class KillProcess(FuzzerCampaign campaign, ProcessRole role, int weight) : IHarm
{
    public string Kind => $"kill -9 of a {role switch { ProcessRole.Worker => "worker", ProcessRole.Spare => "spare", _ => "process that judges a death" }}";

    public int Weight => weight;

    public async Task<bool> DoAsync(Random random)
    {
        // A death is what is judged.
        if (role == ProcessRole.Verdict && campaign.Find(role).Count == 0) Kill(ProcessRole.Worker, random);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            if (Kill(role, random)) return true;
            if (role != ProcessRole.Verdict) return false;
            await Task.Delay(20).ConfigureAwait(false);
        }

        return false;
    }

    private bool Kill(ProcessRole whom, Random random)
    {
        var found = campaign.Find(whom);
        return found.Count > 0 && LibcProcess.Kill(found[random.Next(found.Count)], SignalNumber.Kill) == 0;
    }
}
