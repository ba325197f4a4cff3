using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>What the commands do. Each answers with the exit code; wrong input is an <see cref="InputException"/>.</summary>
internal interface ICommandHandlers
{
    /// <summary>Runs a campaign until its limit or until <paramref name="stop"/>, which is no failure: everything is saved then.</summary>
    Task<int> FuzzAsync(CampaignOptions options, CancellationToken stop);

    Task<int> ReplayAsync(ReplayOptions options, CancellationToken stop);

    Task<int> DoctorAsync(DoctorOptions options, CancellationToken stop);

    /// <summary>A worker process: its orders come on stdin.</summary>
    Task<int> WorkerAsync();

    /// <summary>The process that re-runs the inputs of a dead worker: its orders come on stdin.</summary>
    Task<int> VerdictAsync();

    /// <summary>Prints the stacks of another process; a process of its own, since reading can hang.</summary>
    Task<int> StacksAsync(int pid, int samples, TimeSpan between);
}
