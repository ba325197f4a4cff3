using System.Net.Sockets;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;

namespace Shmem.Benchmarks.Chaos;

/// <summary>A service in a process of its own, with honest clients. Harm to it is done by <see cref="ServiceHarm"/>; here stands what it has to be in spite of that.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ServiceUnderFire(ChaosFolder folder, KernelAudit audit) : IDisposable
{
    private const int MostClients = 4;

    /// <summary>Only to end a run that would wait for ever. A service answers in microseconds, on a busy machine in milliseconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<ServiceClient> _clients = [];
    private ChildProcess? _service;
    private int _life;
    private int _kills;

    public int Clients => _clients.Count;

    /// <summary>How often it was killed, or is being.</summary>
    public int Kills => Volatile.Read(ref _kills);

    private string SocketPath => Path.Combine(folder.Runtime, ServicePrograms.Name, "s");

    public async Task StartAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _life++;
        _service?.Dispose();
        _service = new ChildProcess(folder.StartOwn("chaos-service"), _ => ready.TrySetResult());
        await ready.Task.WaitAsync(Patience).ConfigureAwait(false);
        audit.Follow(_service.Pid);
    }

    /// <summary>Kills the service, and has it started again. Clients keep what they have mapped, and are served again.</summary>
    public async Task KillAsync()
    {
        // Before: who is connected hears of it at once.
        Interlocked.Increment(ref _kills);
        _service!.Signal(SignalNumber.Kill);
        await _service.EndAsync(Patience).ConfigureAwait(false);
        await StartAsync().ConfigureAwait(false);
        await UseAsync().ConfigureAwait(false);
    }

    public async Task AddClientAsync()
    {
        if (_clients.Count == MostClients) return;
        var client = new ServiceClient(folder, _life);
        _clients.Add(client);
        await client.ExpectAsync("ready", Patience).ConfigureAwait(false);
    }

    public async Task KillClientAsync(int which)
    {
        using var client = _clients[which];
        _clients.RemoveAt(which);
        await client.KillAsync(Patience).ConfigureAwait(false);
    }

    /// <summary>Everybody who is honest is served now: a newcomer, and who was there before.</summary>
    /// <exception cref="ShMemException">The newcomer was not.</exception>
    /// <exception cref="InvalidOperationException">A client was not.</exception>
    public async Task UseAsync()
    {
        using (var made = new ServedShMemProvider(ServicePrograms.Name, folder.Runtime, Patience).Create(65_536)) made.Span[^1] = 1;
        foreach (var client in _clients) await client.UseAsync(Patience).ConfigureAwait(false);
    }

    /// <summary>A connection that may do what it likes.</summary>
    public Socket Connect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        return socket;
    }

    /// <summary>Where the kernel says that the service has more or less open than its honest clients account for.</summary>
    /// <param name="slow">Honest as well, and connected from here.</param>
    public IEnumerable<string> Faults(SlowClients slow)
    {
        if (_service!.HasEnded)
        {
            yield return $"the service ended by itself with {_service.ExitCode}: {_service.Error}";
            yield break;
        }

        var handles = OpenHandles.Of(_service.Pid);
        var segments = ServicePrograms.SegmentsOfClient * _clients.Count(client => client.Life == _life) + slow.Segments;
        if (handles["memfds"] != segments) yield return $"the service has {handles["memfds"]} segments, and its clients hold {segments}";
        // One listens; one is this process's, the others are the clients'. A client from before the service's last start has one when it has asked again.
        var clients = _clients.Count + slow.Connections;
        if (handles["sockets"] > clients + 2) yield return $"the service has {handles["sockets"]} sockets for {clients} clients";
    }

    public async Task StopAsync()
    {
        foreach (var client in _clients) await client.StopAsync(Patience).ConfigureAwait(false);
        _service!.EndInput();
        await _service.EndAsync(Patience).ConfigureAwait(false);
        if (_service.ExitCode != 0) throw new InvalidOperationException($"the service ended with {_service.ExitCode}: {_service.Error}");
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        _service?.Dispose();
    }
}
