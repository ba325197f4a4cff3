using System.Diagnostics;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Slots;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A worker that starts a child process or has itself restarted, unless it comes after one that did. What it does stands in its own segment, as 64-bit numbers: at 0 the
/// child's pid, at 8 how far it has come, at 24 what its predecessor wrote into the segment that it left, at 32 its own pid; at 16 it is told to go on. The board's first
/// numbers are the child's; at <see cref="LeftAt"/> it names the segment that is left.
/// </summary>
internal sealed class ForkingWorker : BoardWorker
{
    private const int LeftAt = 256;

    private readonly StdShMemProvider _provider = new();
    private readonly string _how;
    private readonly WorkerHost _host;

    private ForkingWorker(string how, WorkerHost host, ShMem own)
        : base(own)
    {
        _how = how;
        _host = host;
    }

    public static int Run(string how) => Join((host, own) => new ForkingWorker(how, host, own));

    protected override Task Work(SlotAssigned slot) => (_how, slot) switch
    {
        ("restart", { Predecessor: { } predecessor }) => Succeed(predecessor, slot.Checkpoint),
        ("restart", _) => Restart(slot.Checkpoint),
        ("abort", { Generation: 0 }) => Abort(),
        (_, { Generation: 0 }) => Fork(),
        _ => Task.CompletedTask,
    };

    private async Task Fork()
    {
        var fork = await Connection.PreForkAsync(Limit);
        using var child = _how == "native" ? Process.Start("sleep", "600") : StartChild(fork);
        Volatile.Write(ref Own.Ref<long>(0), child.Id);
        if (_how == "claim")
        {
            // The child claims when it sees our death, which comes before we have reported anything.
            await Task.Delay(Timeout.Infinite);
        }

        var holder = await Connection.PostForkAsync(fork, child.Id);
        if (_how == "native")
        {
            await Connection.ClaimForkAsync(fork, holder);
            Volatile.Write(ref Own.Ref<long>(8), 1);
            await Task.Delay(Timeout.Infinite);
        }

        var gone = new TaskCompletionSource();
        child.Exited += (_, _) => gone.TrySetResult();
        child.EnableRaisingEvents = true;
        Volatile.Write(ref Own.Ref<long>(8), 1);
        await gone.Task;
        // Its parent speaks of it once more, and is answered. While the broker has not seen the death, the fork is open and the answer may be that it is known.
        while (true)
        {
            try
            {
                await Connection.PostForkAsync(fork, holder.Pid);
            }
            catch (ShMemException refused) when (refused.Error is ShMemError.NotFound or ShMemError.Denied)
            {
                Volatile.Write(ref Own.Ref<long>(8), 2);
                return;
            }
        }
    }

    private async Task Abort()
    {
        var fork = await Connection.PreForkAsync(Limit);
        await Connection.AbortForkAsync(fork);
        Volatile.Write(ref Own.Ref<long>(8), 1);
    }

    private async Task Restart(ShMemDescription checkpointSegment)
    {
        using var segment = _provider.Open(checkpointSegment);
        using var checkpoint = SlotCheckpoint.Open(segment);
        Own.Ref<long>(32) = Environment.ProcessId;
        Volatile.Write(ref Own.Ref<long>(8), 1);
        while (Volatile.Read(ref Own.Ref<long>(16)) == 0) await Task.Delay(5);
        using var left = _provider.Open(Named(LeftAt));
        left.Ref<long>(0) = Environment.ProcessId;
        var state = new byte[ShMemDescription.EncodedSize];
        left.Description.Write(state);
        await Connection.OnRestartAsync(checkpoint, state, Limit);
        Environment.Exit(0);
    }

    /// <summary>It copies what was left, and lets that go: then only the broker keeps it, until the acknowledgement.</summary>
    private async Task Succeed(HolderId predecessor, ShMemDescription checkpointSegment)
    {
        await Connection.SucceedAsync(predecessor);
        using (var segment = _provider.Open(checkpointSegment))
        using (var checkpoint = SlotCheckpoint.Open(segment))
        {
            if (!checkpoint.TryRead(out var state) || !ShMemDescription.TryRead(state, out var description)) throw new InvalidDataException("The checkpoint names no segment.");
            using var left = _provider.Open(description);
            Volatile.Write(ref Own.Ref<long>(24), left.Ref<long>(0));
            await Connection.ReleaseAsync(description.Id);
        }

        Own.Ref<long>(32) = Environment.ProcessId;
        Volatile.Write(ref Own.Ref<long>(8), 3);
        while (Volatile.Read(ref Own.Ref<long>(16)) == 0) await Task.Delay(5);
        await Connection.AcknowledgeRestartAsync(predecessor);
        Volatile.Write(ref Own.Ref<long>(8), 4);
    }

    /// <summary>Another of this program, in a session of its own: it is not killed with us.</summary>
    private Process StartChild(ForkPrepared fork)
    {
        var command = WorkerCommand.ThisExecutable("forked-child", _how);
        var start = new ProcessStartInfo("setsid", [command.FileName, .. command.Arguments]) { RedirectStandardInput = true };
        var child = Process.Start(start)!;
        var told = new WorkerBootstrap(fork.ChildNumber, _host.Bootstrap.Broker, _host.Bootstrap.Certificate, Board.Description,
            BitConverter.GetBytes(fork.Token.Value));
        child.StandardInput.BaseStream.Write(told.Encode());
        child.StandardInput.BaseStream.Flush();
        return child;
    }
}
