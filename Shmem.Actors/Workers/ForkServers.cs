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
    private readonly Dictionary<HolderId, ShMem> _servers = [];

    /// <summary>Takes a server in.</summary>
    /// <param name="server">The server.</param>
    /// <param name="lastChild">A view of the word, which is ours from here on.</param>
    public void Add(HolderId server, ShMem lastChild)
    {
        Remove(server);
        _servers.Add(server, lastChild);
    }

    /// <summary>The server is gone: kills the child that it has reported last.</summary>
    /// <returns>Ends when the system has said that this child is gone; null where the process is no fork server, or its child is gone already.</returns>
    public Task? EndLastChild(HolderId server)
    {
        if (!_servers.TryGetValue(server, out var word) || new ForkServerChild(word).Read() is not { } child || child.Pid == Environment.ProcessId) return null;
        ProcessGroup.Kill(child.Pid, child.KernelStartTime);
        return watch(child);
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
}
