using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>Forks and restarts of the process that has the connection.</summary>
internal sealed partial class ServiceConnection
{
    /// <summary>Keeps what this connection holds for a child that is about to be started.</summary>
    public PreparedFork PreFork(TimeSpan limit)
    {
        const string Purpose = "announce a fork";
        using var turn = _turn.EnterScope();
        var writer = new FrameWriter(_frame, FrameKind.PreFork);
        writer.Write(limit.Ticks);
        var answer = AskWithoutFile(writer.End(), Purpose, FrameKind.ForkPrepared);
        if (!answer.TryRead(out long token) || !answer.TryRead(out long child) || !answer.TryRead(out int leases) || !answer.IsAtEnd) throw Broken(Purpose);
        return new PreparedFork(new ForkToken(token), child, leases);
    }

    public void PostFork(PreparedFork fork, int childPid)
    {
        using var turn = _turn.EnterScope();
        Do(ForkFrame(FrameKind.PostFork, fork, childPid), $"report process {childPid} for {fork.Token}");
    }

    public void ClaimFork(PreparedFork fork)
    {
        using var turn = _turn.EnterScope();
        Do(ForkFrame(FrameKind.ClaimFork, fork, Environment.ProcessId), $"claim {fork.Token}");
    }

    public void AbortFork(PreparedFork fork)
    {
        using var turn = _turn.EnterScope();
        var writer = new FrameWriter(_frame, FrameKind.AbortFork);
        writer.Write(fork.Token.Value);
        Do(writer.End(), $"abort {fork.Token}");
    }

    /// <returns>Who this connection is to the service.</returns>
    public HolderId OnRestart(TimeSpan grace)
    {
        const string Purpose = "reserve this process's leases";
        using var turn = _turn.EnterScope();
        var writer = new FrameWriter(_frame, FrameKind.OnRestart);
        writer.Write(grace.Ticks);
        var answer = AskWithoutFile(writer.End(), Purpose, FrameKind.RestartPrepared);
        return answer.TryRead(out HolderId self) && answer.IsAtEnd ? self : throw Broken(Purpose);
    }

    public void Succeed(HolderId predecessor)
    {
        using var turn = _turn.EnterScope();
        Do(HolderFrame(FrameKind.Succeed, predecessor), $"succeed {predecessor}");
    }

    public void AcknowledgeRestart(HolderId predecessor)
    {
        using var turn = _turn.EnterScope();
        Do(HolderFrame(FrameKind.AcknowledgeRestart, predecessor), $"acknowledge {predecessor}");
    }

    /// <summary>Ends a lease that came by a fork or a restart, and of which no view was opened.</summary>
    public void ReleaseUnopened(ShMemId id)
    {
        using var turn = _turn.EnterScope();
        if (_views.ContainsKey(id))
            throw new ShMemException(ShMemError.Invalid, $"release {id}", "this process has views of it", "Dispose them: the last one's end releases it.");
        AskToRelease(id);
    }

    private ReadOnlySpan<byte> ForkFrame(FrameKind kind, PreparedFork fork, int pid)
    {
        var writer = new FrameWriter(_frame, kind);
        writer.Write(fork.Token.Value);
        writer.Write(fork.ChildNumber);
        writer.Write(pid);
        return writer.End();
    }

    private ReadOnlySpan<byte> HolderFrame(FrameKind kind, HolderId holder)
    {
        var writer = new FrameWriter(_frame, kind);
        writer.Write(holder);
        return writer.End();
    }

    private void Do(ReadOnlySpan<byte> request, string purpose)
    {
        if (!AskWithoutFile(request, purpose, FrameKind.Done).IsAtEnd) throw Broken(purpose);
    }

    private FrameReader AskWithoutFile(ReadOnlySpan<byte> request, string purpose, FrameKind expected)
    {
        var answer = Ask(request, purpose, out var file, out _);
        file.Dispose();
        return answer.Kind == expected ? answer : throw Broken(purpose);
    }
}
