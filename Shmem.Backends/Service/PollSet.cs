using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>What a service waits for at a time: its stop, new clients, its clients, and children that it watches, each of these in its own order.</summary>
internal sealed class PollSet
{
    private const int FirstClient = 2;

    private PollEntry[] _entries = new PollEntry[16];
    private int _count;
    private int _clients;

    /// <summary>What <see cref="ServiceListener.Wait"/> waits for.</summary>
    public Span<PollEntry> Entries => _entries.AsSpan(0, _count);

    /// <summary>The service is to stop.</summary>
    public bool IsStopped => _entries[0].Ready != 0;

    /// <summary>Somebody wants to connect.</summary>
    public bool HasNewClient => _entries[1].Ready != 0;

    /// <summary>How many children there are.</summary>
    public int Children => _count - FirstChild;

    private int FirstChild => FirstClient + _clients;

    /// <summary>Begins anew.</summary>
    /// <param name="stop">The stop's number.</param>
    /// <param name="listener">The listener's; negative while nobody is accepted.</param>
    public void Begin(int stop, int listener)
    {
        (_count, _clients) = (0, 0);
        Add(stop);
        Add(listener);
    }

    /// <summary>The next client. Clients come before children.</summary>
    public void AddClient(int number)
    {
        Add(number);
        _clients++;
    }

    /// <summary>The next child.</summary>
    public void AddChild(int number) => Add(number);

    /// <summary>A client has sent something, or has gone.</summary>
    public bool IsClientReady(int client) => _entries[FirstClient + client].Ready != 0;

    /// <summary>A child is gone.</summary>
    public bool IsChildReady(int child) => _entries[FirstChild + child].Ready != 0;

    private void Add(int number)
    {
        if (_count == _entries.Length) Array.Resize(ref _entries, _count * 2);
        _entries[_count++] = new PollEntry(number, LibcSocket.POLLIN);
    }
}
