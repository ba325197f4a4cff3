using System.Collections.Immutable;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A worker with one thing to do once it has its slot. It has the broker's connection, the first segment that the campaign announces, its board, and a segment of its own to say in how
/// far it has come.
/// </summary>
internal abstract class BoardWorker(ShMem own) : IWorkerHandler
{
    /// <summary>How long a fork or a restart may take.</summary>
    protected static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    protected ShMem Own => own;

    protected WorkerConnection Connection { get; private set; } = null!;

    protected ShMem Board { get; private set; } = null!;

    public void Joined(WorkerConnection connection, ImmutableArray<NamedSegment> segments)
    {
        Connection = connection;
        Board = new StdShMemProvider().Open(segments[0].Description);
        connection.ReportReady();
    }

    public void SlotAssigned(SlotAssigned slot) => _ = Task.Run(async () =>
    {
        try
        {
            await Work(slot);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Connection.ReportFailure(e.ToString());
        }
    });

    public void NextSegmentGranted(NextSegmentGranted granted)
    {
    }

    public void SegmentAnnounced(NamedSegment segment)
    {
    }

    public void Refused(RequestRefused refusal) => Console.Error.WriteLine(refusal);

    public void StopRequested(TimeSpan grace)
    {
    }

    /// <summary>Joins the campaign by a handler, and works until it is ended.</summary>
    protected static int Join(Func<WorkerHost, ShMem, BoardWorker> handler)
    {
        var host = WorkerHost.Start();
        using var own = new StdShMemProvider().Open(host.Bootstrap.Segment);
        host.JoinAsync(handler(host, own)).GetAwaiter().GetResult();
        Thread.Sleep(Timeout.Infinite);
        return 0;
    }

    /// <summary>What it does in its slot.</summary>
    protected abstract Task Work(SlotAssigned slot);

    /// <summary>The segment that the board names.</summary>
    protected ShMemDescription Named(int offset) => ShMemDescription.TryRead(Board.Slice(offset, ShMemDescription.EncodedSize), out var segment)
        ? segment
        : throw new InvalidDataException($"The board names no segment at {offset}.");
}
