namespace Shmem.Backends.Lifetime;

/// <summary>
/// Which child a native fork server has reported last, as the first 64-bit word of a segment: whoever drives the server writes it, and the broker reads it when the server is
/// gone. No message is needed for an execution, and what was written outlives the writer.
/// </summary>
/// <remarks>
/// <para>
/// A server's child has mapped all that the server has, and lives on when the server is killed. So the broker, which knows the segment from the claim of the server's fork,
/// kills that child and waits until the system says that it is gone, before it ends the server's leases. Each server has a segment of its own, which its target does not map.
/// </para>
/// <para>
/// The broker looks once, when the server is gone. What the driver reads after that, of a server that was killed when it had just written, nobody sees. So the driver looks whether
/// the server lives each time it has reported a child, and where it does not, kills that child itself.
/// </para>
/// <para>
/// A child that the server has not reported yet is known to nobody: only the end of the process group that it stands in ends it. So a server is started in the group of its
/// driver, without a session of its own.
/// </para>
/// </remarks>
/// <param name="segment">The segment, which the caller keeps. A new one says that there is no child.</param>
/// <example>
/// <code>
/// var child = new ForkServerChild(segment);
/// // For each execution, when the server has written a child's pid, and when it has written its status:
/// child.Report(pid);
/// if (server.HasExited) Kill(pid); // nobody else would
/// child.Clear();
/// </code>
/// </example>
public sealed class ForkServerChild(ShMem segment)
{
    /// <summary>Bytes that the segment has to have.</summary>
    public const int Size = sizeof(ulong);

    /// <summary>The server has reported a child, which runs from now on or has ended meanwhile.</summary>
    /// <param name="pid">Its pid, as the driver's system counts.</param>
    public void Report(int pid)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(pid, 1);
        // One that cannot be looked at has ended and was reaped by the server.
        if (ProcessStat.Read(pid, out var stat) == 0) Store(Incarnation.From(pid, stat.StartTime).Word);
        else Clear();
    }

    /// <summary>The server has reported how that child has ended.</summary>
    public void Clear() => Store(0);

    /// <summary>The child that was reported last, if it lives; null for none. What was written there is not believed: only a living process with that start time is one.</summary>
    internal HolderId? Read()
    {
        var word = Incarnation.Of(Volatile.Read(ref segment.Ref<ulong>(0)));
        if (word.Pid <= 1 || ProcessStat.Read(word.Pid, out var stat) != 0 || stat.HasEnded || Incarnation.From(word.Pid, stat.StartTime) != word) return null;
        return new HolderId(0, word.Pid, stat.StartTime);
    }

    private void Store(ulong word) => Volatile.Write(ref segment.Ref<ulong>(0), word);
}
