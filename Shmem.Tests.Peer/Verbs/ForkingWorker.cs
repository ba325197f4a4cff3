using System.Diagnostics;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A worker whose first generation starts a child process, or has itself restarted. What it does stands in its own segment, as 64-bit numbers: at 0 the child's pid, at 8
/// how far it has come; at 16 it is told to go on. The board's first numbers are the child's; from 64 on they are who has to be succeeded.
/// </summary>
internal sealed class ForkingWorker : BoardWorker
{
    private readonly string _how;
    private readonly WorkerHost _host;

    private ForkingWorker(string how, WorkerHost host, ShMem own)
        : base(own)
    {
        _how = how;
        _host = host;
    }

    public static int Run(string how) => Join((host, own) => new ForkingWorker(how, host, own));

    protected override Task Work(int generation) => (_how, generation) switch
    {
        ("restart", 0) => Restart(),
        ("restart", _) => Succeed(),
        ("abort", 0) => Abort(),
        (_, 0) => Fork(),
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

    private async Task Restart()
    {
        (Board.Ref<long>(64), Board.Ref<long>(72), Board.Ref<long>(80)) = (_host.Holder.ProcessNumber, _host.Holder.Pid, _host.Holder.KernelStartTime);
        Volatile.Write(ref Own.Ref<long>(8), 1);
        while (Volatile.Read(ref Own.Ref<long>(16)) == 0) await Task.Delay(5);
        await Connection.OnRestartAsync(Limit);
        Environment.Exit(0);
    }

    private async Task Succeed()
    {
        var predecessor = new HolderId(Board.Ref<long>(64), (int)Board.Ref<long>(72), Board.Ref<long>(80));
        await Connection.SucceedAsync(predecessor);
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
