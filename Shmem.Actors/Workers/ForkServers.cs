using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// The native fork servers that hold leases, each with the word that names the child it has reported last. Such a child has mapped what the server has, so the server's
/// leases end with it and not before.
/// </summary>
/// <param name="watch">Ends when the operating system has said that a process is gone.</param>
internal sealed class ForkServers(Func<HolderId, Task> watch) : IDisposable
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly Dictionary<HolderId, ShMem> _servers = [];

    /// <summary>Takes a server in.</summary>
    /// <param name="server">The server.</param>
    /// <param name="lastChild">A view of the word, which is ours from here on.</param>
    public void Add(HolderId server, ShMem lastChild)
    {
        Remove(server);
        _servers.Add(server, lastChild);
    }

    /// <summary>
    /// The server is gone: kills the child that it has reported last. One of which the system does not say which process it is, since no descriptor is left or its driver had none,
    /// is looked at until the system does say.
    /// </summary>
    /// <returns>Ends when the system has said that this child is gone; null where the process is no fork server, or its child is gone already.</returns>
    public Task? EndLastChild(HolderId server)
    {
        if (!_servers.TryGetValue(server, out var word)) return null;
        var child = new ForkServerChild(word).Last;
        return child == default || child.Pid == Environment.ProcessId || IsGone(child, out _) ? null : EndAsync(child);
    }

    /// <summary>Nothing of the server is left.</summary>
    public void Remove(HolderId server)
    {
        if (_servers.Remove(server, out var word)) word.Dispose();
    }

    public void Dispose()
    {
        foreach (var word in _servers.Values) word.Dispose();
        _servers.Clear();
    }

    private async Task EndAsync(Incarnation child)
    {
        for (;;)
        {
            if (IsGone(child, out var process)) return;
            if (process is { } living && ProcessGroup.Kill(living.Pid, living.KernelStartTime))
            {
                await watch(living).ConfigureAwait(false);
                return;
            }

            await Task.Delay(LookAgainAfter).ConfigureAwait(false);
        }
    }

    /// <param name="child">As <see cref="ForkServerChild.Last"/> has it.</param>
    /// <param name="living">The child, where it is known to live.</param>
    private static bool IsGone(Incarnation child, out HolderId? living)
    {
        var presence = ForkServerChild.Look(child, out var startTime);
        living = presence == Presence.Lives ? new HolderId(0, child.Pid, startTime) : null;
        return presence is Presence.Ended or Presence.None;
    }
}
