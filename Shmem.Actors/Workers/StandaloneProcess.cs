using System.ComponentModel;

namespace Shmem.Actors.Workers;

/// <summary>
/// A process that is started to do one thing by itself, such as to run a crashing input again: it joins no campaign, and answers by its exit
/// and by what it leaves in its segment.
/// </summary>
public static class StandaloneProcess
{
    /// <summary>Starts the process and waits for its end.</summary>
    /// <param name="launch">The program and its settings.</param>
    /// <param name="processNumber">A number of the campaign's that no other process has or had.</param>
    /// <param name="segment">Its segment. The caller owns it and keeps it until the process is gone.</param>
    /// <param name="payload">What it is told.</param>
    /// <param name="limit">How long it may take; then it is killed, which <see cref="WorkerExit.KilledFor"/> says.</param>
    /// <param name="cancellation">Kills it earlier.</param>
    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    /// <exception cref="ArgumentException">The payload is too large.</exception>
    public static async Task<WorkerExit> RunAsync(WorkerLaunch launch, long processNumber, Backends.ShMemDescription segment,
        ReadOnlyMemory<byte> payload, TimeSpan limit, CancellationToken cancellation = default)
    {
        using var process = WorkerProcess.Start(launch, new WorkerBootstrap(processNumber, "", default, segment, payload));
        using var timer = new CancellationTokenSource(limit);
        await using var late = timer.Token.Register(() => process.Kill($"took longer than {limit.TotalSeconds:0.#} s")).ConfigureAwait(false);
        await using var cancelled = cancellation.Register(() => process.Kill("cancelled")).ConfigureAwait(false);
        return await process.Exit.ConfigureAwait(false);
    }
}
