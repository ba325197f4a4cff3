using System.Diagnostics;
using Shmem.Backends;
using Shmem.Backends.Arena;
using Shmem.Backends.Corpus;
using Shmem.Backends.Ring;
using Shmem.Backends.Signals;
using Shmem.Backends.Slots;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Kills this process with SIGKILL at a step that was chosen before.</summary>
internal readonly struct Death : IProbe<ClaimStep>, IProbe<CheckpointStep>, IProbe<SignalStep>, IProbe<ArenaStep>, IProbe<RingStep>
{
    private static int _steps;
    private static SignalStep? _last;

    /// <summary>Lets so many steps pass; the process dies at the one after.</summary>
    public static void After(int steps) => _steps = steps;

    public static void Reached(ClaimStep step) => Count();

    public static void Reached(CheckpointStep step) => Count();

    /// <summary>Who waits looks again after each slice of time, which is no further step, however long it has to wait.</summary>
    public static void Reached(SignalStep step)
    {
        if (step != _last) Count();
        _last = step;
    }

    public static void Reached(ArenaStep step) => Count();

    public static void Reached(RingStep step) => Count();

    private static void Count()
    {
        if (_steps-- == 0) Process.GetCurrentProcess().Kill();
    }
}
