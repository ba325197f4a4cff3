using Microsoft.Extensions.Logging;
using Shmem.Actors.Workers;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// The workers of a broker that was killed on this output folder. They end with it, unless they are stopped, or too busy to notice; the folder's lock says that no
/// living broker's are among them.
/// </summary>
internal static class PreviousWorkers
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Sees to it that they are gone, and says so in the log.</summary>
    /// <exception cref="OperationCanceledException">The user does not want to wait for that.</exception>
    public static async Task EndAsync(WorkerRegister register, ILoggerFactory factory, CancellationToken stop)
    {
        var left = await register.EndLeftAsync(Grace, stop).ConfigureAwait(false);
        var log = factory.CreateLogger(nameof(PreviousWorkers));
        foreach (var record in left.PassedOver) log.RecordPassedOver(record);
        if (left.Ended.Count > 0) log.LeftWorkersEnded(left.Ended.Count);
        if (left.Killed.Count > 0) log.LeftWorkersKilled(left.Killed.Count, Grace.TotalSeconds, string.Join(", ", left.Killed));
        foreach (var worker in left.StillThere) log.LeftWorkerStays(worker.Pid);
    }
}
