using System.Runtime.Versioning;
using Shmem.Backends.Interop;

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
/// The broker looks once, when the server is gone. What the driver reads after that, of a server that was killed when it had just written, nobody sees. So <see cref="Report"/> looks
/// whether the server lives once the child stands there, and where it does not, kills that child itself. Both ask the kernel: a runtime that has started a process may learn of its
/// end later (<c>Process.HasExited</c> waits for a thread that waits for a signal), and a child that is reported in between would be nobody's.
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
/// if (!child.Report(pid, server)) break; // it is gone, and so is its child
/// child.Clear();
/// </code>
/// </example>
public sealed class ForkServerChild(ShMem segment)
{
    /// <summary>Bytes that the segment has to have.</summary>
    public const int Size = sizeof(ulong);

    /// <summary>The server has reported a child, which runs from now on or has ended meanwhile.</summary>
    /// <param name="pid">Its pid, as the driver's system counts.</param>
    /// <param name="server">The server that has started it, as the fork was claimed for.</param>
    /// <returns>False where the server has ended: nobody is going to look any more, so that child was killed here, if it lived.</returns>
    /// <exception cref="ShMemException">
    /// The system does not say for certain what the two are, no descriptor being left, say. The child stands there by its pid alone, so that the server's leases are kept while it
    /// lives; end the server and yourself, or report it again.
    /// </exception>
    [UnsupportedOSPlatform("windows")]
    public bool Report(int pid, HolderId server)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(pid, 1);
        var child = SeenProcess.Of(pid);
        // One that is not there has ended and was reaped by the server.
        Store(child.Presence == Presence.None ? 0 : Incarnation.From(pid, child.StartTime).Word);
        var hasEnded = SeenProcess.Of(server.Pid).HasEnded(server.KernelStartTime);
        if (hasEnded is null || child.Presence == Presence.Unclear)
        {
            throw new ShMemException(ShMemError.LimitReached, $"report child {pid} of {server}", "the system does not say which processes these are",
                "Where descriptors are short, raise 'ulimit -n'; where /proc hides processes, let it show those of this user.");
        }

        if (hasEnded == false) return true;
        if (child.Presence == Presence.Lives && SeenProcess.Of(pid).Is(child.StartTime) != false) _ = LibcProcess.Kill(pid, LibcProcess.SIGKILL);
        return false;
    }

    /// <summary>The server has reported how that child has ended.</summary>
    public void Clear() => Store(0);

    /// <summary>The child that was reported last; <c>default</c> for none.</summary>
    internal Incarnation Last
    {
        get
        {
            var child = Incarnation.Of(Volatile.Read(ref segment.Ref<ulong>(0)));
            return child.Pid > 1 ? child : default;
        }
    }

    /// <summary>Looks at a child that was reported. What stands there is not believed: only a living process with that pid and start time is one.</summary>
    /// <param name="child">As <see cref="Last"/> has it.</param>
    /// <param name="startTime">When the kernel started it, where it lives.</param>
    /// <returns><see cref="Presence.Unclear"/> also of one that was reported by its pid alone, while a process has that pid.</returns>
    internal static Presence Look(Incarnation child, out long startTime)
    {
        var seen = SeenProcess.Of(child.Pid);
        startTime = seen.StartTime;
        if (seen.Presence != Presence.Lives || child == Incarnation.From(child.Pid, seen.StartTime)) return seen.Presence;
        return child == Incarnation.From(child.Pid, KernelStartTime.Unknown) ? Presence.Unclear : Presence.None;
    }

    /// <summary>The look at the server that follows must not come first: it could see one that lives, and the broker, which looks after its death, an old child.</summary>
    private void Store(ulong word) => Interlocked.Exchange(ref segment.Ref<ulong>(0), word);
}
