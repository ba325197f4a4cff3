using System.Runtime.Versioning;
using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shmem.Actors;
using Shmem.Actors.Campaign;
using Shmem.Actors.Hosting;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Janitor;
using Shmem.Backends.Lifetime;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>The broker's hosted actor system with the actor that owns the segments. Disposing ends it and every segment, and then disposes what it was given.</summary>
internal sealed class BrokerHost : IAsyncDisposable
{
    // akka.hocon names no logger, for programs that have none.
    private static readonly Config LogThroughFactory =
        ConfigurationFactory.ParseString("""akka.loggers = ["Akka.Hosting.Logging.LoggerFactoryLogger, Akka.Hosting"]""");

    private readonly IHost _host;
    private readonly ILogger _log;
    private readonly List<IDisposable> _owned = [];

    private BrokerHost(IHost host, CampaignCertificate? certificate, ILogger log)
    {
        _host = host;
        _log = log;
        Certificate = certificate;
        Provider = host.Services.GetRequiredService<ShMemProvider>();
        System = host.Services.GetRequiredService<ActorSystem>();
        Leases = host.Services.GetRequiredService<ActorRegistry>().Get<RcShMemProviderActor>();
        // The broker is process 0 of its campaign.
        Segments = new BrokerSegments(Leases, Provider, HolderId.Of(0, Environment.ProcessId));
    }

    /// <summary>Null where the settings switch TLS off.</summary>
    public CampaignCertificate? Certificate { get; }

    public ShMemProvider Provider { get; }

    public ActorSystem System { get; }

    public IActorRef Leases { get; }

    public BrokerSegments Segments { get; }

    /// <summary>Starts it; everything that Akka logs goes to <paramref name="log"/>.</summary>
    /// <exception cref="ShMemException">No backend works here.</exception>
    public static async Task<BrokerHost> StartAsync(ILoggerFactory log)
    {
        RuntimeSockets.RemoveOwn();
        // What a killed campaign left is gone before anything new is made.
        var own = log.CreateLogger<BrokerHost>();
        if (OperatingSystem.IsLinux()) Sweep(own);
        var settings = CampaignHocon.Load();
        var certificate = CampaignRemoting.UsesTls(settings) ? CampaignCertificate.Create() : null;
        if (certificate is null) own.WithoutTls(CampaignRemoting.TlsKey);
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSingleton(log);
        builder.Services.AddShMem();
        builder.Services.AddAkka(CampaignRemoting.SystemName, akka => akka
            .ConfigureLoggers(loggers => loggers.AddLoggerFactory(log))
            .WithShMem()
            .WithCampaign(certificate, LogThroughFactory.WithFallback(settings)));
        var host = builder.Build();
        try
        {
            await host.StartAsync().ConfigureAwait(false);
            return new BrokerHost(host, certificate, own);
        }
        catch
        {
            host.Dispose();
            certificate?.Dispose();
            throw;
        }
    }

    [SupportedOSPlatform("linux")]
    private static void Sweep(ILogger log)
    {
        try
        {
            if (LeakedNames.Sweep() is var removed and > 0) log.SegmentsSwept(removed);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // A backend without names needs no run-time folder; one with them says the same when it creates the first.
            log.SegmentsNotSwept(refused);
        }
    }

    /// <summary>Disposes it, whatever happens, when no actor can look at it any more; what was given last goes first.</summary>
    public T Own<T>(T owned) where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    /// <summary>Starts the workers. Those that live when this is disposed are ended then.</summary>
    /// <param name="options">How many, and how.</param>
    /// <param name="application">What they work at.</param>
    /// <param name="grace">How long they may then take to stop by themselves.</param>
    public IActorRef StartWorkers(WorkerOptions options, IWorkerApplication application, TimeSpan grace)
    {
        var workers = System.ActorOf(WorkerSupervisorActor.Props(options, application, Leases), "workers");
        WorkerShutdown.Register(System, workers, grace);
        return workers;
    }

    /// <summary>Calls the delegate, on an actor's thread, for each event of these types, until the system ends.</summary>
    public void Subscribe(Action<object> happened, params ReadOnlySpan<Type> events)
    {
        var relay = System.ActorOf(EventRelay.Props(happened), "events");
        foreach (var type in events) System.EventStream.Subscribe(relay, type);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _host.StopAsync().ConfigureAwait(false);
        }
        finally
        {
            _host.Dispose();
            for (var i = _owned.Count - 1; i >= 0; i--) _owned[i].Dispose();
            Certificate?.Dispose();
            // A worker of a killed broker that was stopped, or slow to die, had kept that campaign alive when this one started.
            if (OperatingSystem.IsLinux()) Sweep(_log);
        }
    }
}
