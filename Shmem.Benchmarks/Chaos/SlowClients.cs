using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// Honest clients of the service that are slow, at the side of all other harm: one that stays within what the service documents, holds what it was given and has to be served; and
/// others that go beyond it, and have to be cut. What the service's own end does to them is no fault.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SlowClients(ServiceUnderFire service, HarmTally tally) : IDisposable
{
    public const string Served = "slow client of the service, served", Cut = "client too slow for the service, cut";

    /// <summary>What one keeps from turn to turn.</summary>
    private const int MostSegments = 2;

    private readonly List<Session> _sessions = [];

    /// <summary>Those that the service has now.</summary>
    public int Connections => Living.Count();

    /// <summary>What they hold.</summary>
    public int Segments => Living.Sum(session => session.Client.Segments);

    private IEnumerable<Session> Living => _sessions.Where(session => session.Kills == service.Kills && !(session.IsLate && session.Task.IsCompleted));

    /// <summary>A turn of the one that is served, which goes on at the side.</summary>
    /// <returns>False where its last one goes on.</returns>
    public bool TryServe(Random random)
    {
        var session = _sessions.Find(session => !session.IsLate);
        if (session is { Task.IsCompleted: false }) return false;
        session ??= Connect(random, isLate: false);
        session.Task = RunAsync(session, Served, static client => client.UseAsync(MostSegments));
        return true;
    }

    /// <summary>Another one that will be late, at the side.</summary>
    public void BeLate(Random random)
    {
        var session = Connect(random, isLate: true);
        session.Task = RunAsync(session, Cut, static async client =>
        {
            // What it was given in time ends with it.
            await client.UseAsync(MostSegments).ConfigureAwait(false);
            await client.BeTooLateAsync().ConfigureAwait(false);
        });
    }

    /// <summary>Takes up what has come to its end.</summary>
    /// <exception cref="InvalidOperationException">One was not served, or not cut, as it has to be.</exception>
    public async Task LookAsync()
    {
        foreach (var session in _sessions.FindAll(session => session.Task.IsCompleted))
        {
            await session.Task.ConfigureAwait(false);
            if (session is { IsLate: false, IsOver: false } && session.Kills == service.Kills) continue;
            _sessions.Remove(session);
            session.Client.Dispose();
        }
    }

    /// <summary>Ends when the one that is served has what it asked for: until it asks again, it holds what it says. Those that are late go on.</summary>
    public async Task AllServedAsync()
    {
        await Task.WhenAll(_sessions.FindAll(session => !session.IsLate).Select(session => session.Task)).ConfigureAwait(false);
        await LookAsync().ConfigureAwait(false);
    }

    /// <summary>Ends when all have come to their end, and then disconnects who is left.</summary>
    public async Task EndAsync()
    {
        await Task.WhenAll(_sessions.Select(session => session.Task)).ConfigureAwait(false);
        Dispose();
    }

    public void Dispose()
    {
        foreach (var session in _sessions) session.Client.Dispose();
        _sessions.Clear();
    }

    private Session Connect(Random random, bool isLate)
    {
        var session = new Session(new SlowServiceClient(service.Connect(), new Random(random.Next())), service.Kills, isLate);
        _sessions.Add(session);
        return session;
    }

    private async Task RunAsync(Session session, string kind, Func<SlowServiceClient, Task> turn)
    {
        try
        {
            await turn(session.Client).ConfigureAwait(false);
            tally.Count(kind);
        }
        catch (TimeoutException)
        {
            // It was slower than it meant to be: the machine's doing.
            session.IsOver = true;
        }
        catch (Exception failed) when (failed is SocketException or InvalidOperationException or ObjectDisposedException && session.Kills != service.Kills)
        {
            session.IsOver = true;
        }
    }

    /// <summary>One connection.</summary>
    /// <param name="client">Its slow end.</param>
    /// <param name="kills">How often the service had been killed when it was made.</param>
    /// <param name="isLate">It goes beyond the limits.</param>
    private sealed class Session(SlowServiceClient client, int kills, bool isLate)
    {
        public SlowServiceClient Client => client;

        public int Kills => kills;

        public bool IsLate => isLate;

        /// <summary>What it is doing.</summary>
        public Task Task { get; set; } = Task.CompletedTask;

        /// <summary>It is used no more, and that is no fault.</summary>
        public bool IsOver { get; set; }
    }
}
