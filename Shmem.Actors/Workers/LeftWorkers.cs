using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>What <see cref="WorkerRegister.EndLeftAsync"/> has found of an earlier broker's processes, and done.</summary>
/// <param name="Ended">Lived, and ended by themselves.</param>
/// <param name="Killed">Were killed, and are gone.</param>
/// <param name="StillThere">Were killed, and do not end; they stay recorded.</param>
/// <param name="PassedOver">Records that name no process, or one that cannot be seen from here: the path and why.</param>
public sealed record LeftWorkers(
    IReadOnlyList<HolderId> Ended, IReadOnlyList<HolderId> Killed, IReadOnlyList<HolderId> StillThere, IReadOnlyList<string> PassedOver);
