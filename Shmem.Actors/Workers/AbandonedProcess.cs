using Akka.Event;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// A process of a supervisor that failed, which was killed for that. Its segment stays until the system has said that it is gone: it may have been in a claim, or dead already,
/// and that is as much the application's as any other death.
/// </summary>
/// <param name="Holder">The process.</param>
/// <param name="Slot">The slot that it had; null for a spare.</param>
/// <param name="Generation">The generation by which it had the slot; -1 for a spare.</param>
/// <param name="Segment">Its segment, which belongs to this object.</param>
internal sealed record AbandonedProcess(HolderId Holder, int? Slot, int Generation, ShMem Segment) : IDisposable
{
    /// <summary>The system has said that it is gone: the application takes what it left. Whatever bug that meets, perhaps the one for which the supervisor failed, is only logged.</summary>
    /// <returns>How it ended, with its kind where the application can tell.</returns>
    public WorkerExit End(WorkerExit exit, IWorkerApplication application, ILoggingAdapter log)
    {
        using (Segment)
        {
            Try(() => exit = exit with { Kind = application.KindOf(exit) }, log);
            Try(() => application.ProcessGone(new WorkerGone(Holder, Slot, Generation, Segment, exit)), log);
        }

        return exit;
    }

    public void Dispose() => Segment.Dispose();

    private void Try(Action call, ILoggingAdapter log)
    {
        try
        {
            call();
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            log.Error(bug, "What {0} left is lost", Holder);
        }
    }
}
