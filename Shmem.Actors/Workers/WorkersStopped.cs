using System.Collections.Immutable;

namespace Shmem.Actors.Workers;

/// <summary>The answer to <see cref="StopWorkers"/>.</summary>
/// <param name="StillThere">
/// The pids of processes that did not end although they were killed: the kernel holds them, usually in a device that hangs. Normally none.
/// </param>
public sealed record WorkersStopped(ImmutableArray<int> StillThere);
