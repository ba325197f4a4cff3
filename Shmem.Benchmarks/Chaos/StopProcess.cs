using Shmem.Backends.Interop;

namespace Shmem.Benchmarks.Chaos;

/// <summary>SIGSTOP of a worker or of the spare, or of the broker, and SIGCONT some seconds later, if it still lives. Meanwhile other harm goes on.</summary>
internal sealed class StopProcess(FuzzerCampaign campaign, bool ofBroker) : IHarm
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private readonly List<Task> _stopped = [];

    public string Kind => $"SIGSTOP of {(ofBroker ? "the broker" : "a worker or spare")}, then SIGCONT";

    public int Weight => ofBroker ? 1 : 4;

    public Task<bool> DoAsync(Random random)
    {
        if (Find(random) is not { } pid || LibcProcess.Kill(pid, SignalNumber.Stop) != 0) return Task.FromResult(false);
        _stopped.RemoveAll(task => task.IsCompleted);
        _stopped.Add(ContinueAsync(pid, random.NextDouble() * Longest));
        return Task.FromResult(true);
    }

    /// <summary>Ends when all go on.</summary>
    public Task AllGoOnAsync() => Task.WhenAll(_stopped);

    private int? Find(Random random)
    {
        if (ofBroker) return campaign.BrokerPid;
        var found = campaign.Find(random.Next(4) == 0 ? ProcessRole.Spare : ProcessRole.Worker);
        return found.Count == 0 ? null : found[random.Next(found.Count)];
    }

    private static async Task ContinueAsync(int pid, TimeSpan after)
    {
        await Task.Delay(after).ConfigureAwait(false);
        // A process that got the number meanwhile runs, and SIGCONT does nothing to it.
        _ = LibcProcess.Kill(pid, SignalNumber.Continue);
    }
}
