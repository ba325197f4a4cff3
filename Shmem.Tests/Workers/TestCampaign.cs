using System.Threading.Channels;
using Akka.Actor;
using Akka.Configuration;
using Shmem.Actors.Campaign;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>A broker in this process, with real workers. What it publishes is read in order by <see cref="Next{T}"/>.</summary>
internal sealed class TestCampaign : IAsyncDisposable
{
    private readonly Channel<object> _happened = Channel.CreateUnbounded<object>();
    private readonly IActorRef _recorder;

    /// <param name="how">What the workers do; see WorkerVerb of the peer.</param>
    /// <param name="adjust">Other options.</param>
    /// <param name="hocon">The broker's own settings, which go before those of akka.hocon.</param>
    /// <param name="leases">Who counts the leases; null for nobody, but <see cref="Next{T}"/> gives what it would be told. Called before a worker is started.</param>
    public TestCampaign(string how, Func<WorkerOptions, WorkerOptions>? adjust = null, string hocon = "", Func<ActorSystem, IActorRef>? leases = null)
    {
        Certificate = CampaignCertificate.Create();
        System = ActorSystem.Create(CampaignRemoting.SystemName,
            CampaignRemoting.Setup(Certificate, ConfigurationFactory.ParseString(hocon).WithFallback(CampaignHocon.Load())));
        _recorder = System.ActorOf(Props.Create(() => new Recorder(_happened.Writer)));
        foreach (var type in typeof(WorkerStarted).Assembly.GetExportedTypes().Where(type => type.Namespace == typeof(WorkerStarted).Namespace))
            System.EventStream.Subscribe(_recorder, type);
        var options = new WorkerOptions(new WorkerLaunch(PeerCommand.Of("worker", how)), Certificate.Export())
        {
            BackOff = TimeSpan.FromMilliseconds(1),
        };
        Supervisor = System.ActorOf(WorkerSupervisorActor.Props(adjust?.Invoke(options) ?? options, Application, leases?.Invoke(System) ?? _recorder), "workers");
    }

    public CampaignCertificate Certificate { get; }

    public ActorSystem System { get; }

    public IActorRef Supervisor { get; }

    public TestApplication Application { get; } = new();

    /// <summary>From now on <see cref="Next{T}"/> gives these as well.</summary>
    public void Record(Type happened) => System.EventStream.Subscribe(_recorder, happened);

    /// <summary>All processes that were started, number to pid.</summary>
    public Dictionary<long, int> Pids { get; } = [];

    /// <summary>The next event or message of the type; what comes before it is passed over.</summary>
    public async Task<T> Next<T>(Func<T, bool>? which = null)
    {
        using var patience = new CancellationTokenSource(PeerCommand.Patience);
        while (true)
        {
            var happened = await _happened.Reader.ReadAsync(patience.Token);
            if (happened is WorkerStarted started) Pids[started.ProcessNumber] = started.Pid;
            if (happened is WorkersFailed failed && typeof(T) != typeof(WorkersFailed)) Assert.Fail(failed.Reason);
            if (happened is T wanted && which?.Invoke(wanted) != false) return wanted;
        }
    }

    /// <summary>Waits until a slot's process has executed something, and returns its number.</summary>
    public async Task<long> Serving()
    {
        var number = 0L;
        await Waiting.Until(() => (number = Application.Segments.FirstOrDefault(own => Word(own.Key, 0) > 0).Key) > 0, PeerCommand.Patience,
            "a worker has executed something");
        return number;
    }

    public long Word(long processNumber, int offset) => Volatile.Read(ref Application.Segments[processNumber].Ref<long>(offset));

    public Task<WorkersStopped> Stop(TimeSpan grace) => Supervisor.Ask<WorkersStopped>(new StopWorkers(grace), PeerCommand.Patience);

    public async ValueTask DisposeAsync()
    {
        await Stop(TimeSpan.Zero);
        await System.Terminate();
        Application.Dispose();
        Certificate.Dispose();
    }

    private sealed class Recorder : ReceiveActor
    {
        public Recorder(ChannelWriter<object> happened) => ReceiveAny(message => happened.TryWrite(message));
    }
}
