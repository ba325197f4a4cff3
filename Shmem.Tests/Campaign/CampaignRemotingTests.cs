using System.Net;
using System.Net.Sockets;
using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Campaign;

public sealed class CampaignRemotingTests : IAsyncLifetime
{
    private static readonly HolderId Holder = new(7, 1234, 567);

    private readonly CampaignCertificate _certificate = CampaignCertificate.Create();
    private readonly List<ActorSystem> _systems = [];
    private ActorSystem _broker = null!;
    private LogCapture _log = null!;
    private Address _address = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _broker = Start(CampaignRemoting.Setup(_certificate));
        _log = LogCapture.Of(_broker);
        _address = CampaignRemoting.AddressOf(_broker);
        _broker.ActorOf(Props.Create(() => new Granting()), "granting");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_systems.Select(system => system.Terminate()));
        _certificate.Dispose();
    }

    [Fact]
    public async Task Two_processes_with_the_certificate_exchange_messages()
    {
        using var imported = CampaignCertificate.Import(_certificate.Export());
        var worker = Start(CampaignRemoting.Setup(imported));

        Assert.Equal(IPAddress.Loopback.ToString(), _address.Host);
        Assert.NotEqual(_address.Port, CampaignRemoting.AddressOf(worker).Port);
        await AssertServes(worker);
    }

    [Fact]
    public async Task A_worker_finds_the_broker_by_its_address_and_sees_its_actor_stop()
    {
        var worker = Start(CampaignRemoting.Setup(_certificate));
        var granting = await worker.ActorSelection(PathOn(_address)).ResolveOne(PeerCommand.Patience, Cancelled);
        var deaths = new TaskCompletionSource<IActorRef>();
        worker.ActorOf(Props.Create(() => new Watcher(granting, deaths)));
        await granting.Ask<LeaseGranted>(new AcquireLease(Holder, ShMemId.Parse("heap:1")), PeerCommand.Patience, Cancelled);

        granting.Tell(GetStatistics.Instance);

        Assert.Equal(granting, await deaths.Task.WaitAsync(PeerCommand.Patience, Cancelled));
    }

    [Fact]
    public async Task A_client_with_a_foreign_certificate_is_refused_and_the_campaign_goes_on()
    {
        using var foreign = CampaignCertificate.Create();
        var stranger = Start(CampaignRemoting.Setup(foreign));

        await Assert.ThrowsAnyAsync<Exception>(() => Ask(stranger, TimeSpan.FromSeconds(2)));

        await _log.Contains("TLS handshake failure");
        Assert.False(_broker.WhenTerminated.IsCompleted);
        await AssertServes(Start(CampaignRemoting.Setup(_certificate)));
    }

    [Fact]
    public async Task A_client_that_trusts_everybody_but_has_no_campaign_certificate_is_refused()
    {
        using var foreign = CampaignCertificate.Create();
        var configuration = CampaignRemoting.Configuration(null);
        var trusting = new Akka.Remote.Transport.DotNetty.DotNettySslSetup(foreign.Certificate, true, true, false, (_, _, _, _, _) => true);
        var stranger = Start(ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(configuration), trusting, CampaignRemoting.Serializers()));

        await Assert.ThrowsAnyAsync<Exception>(() => Ask(stranger, TimeSpan.FromSeconds(2)));

        await _log.Contains("TLS handshake failure");
        await AssertServes(Start(CampaignRemoting.Setup(_certificate)));
    }

    [Fact]
    public async Task The_broker_outlives_a_call_to_a_port_that_another_campaign_took_over()
    {
        using var foreign = CampaignCertificate.Create();
        var other = CampaignRemoting.AddressOf(Start(CampaignRemoting.Setup(foreign)));

        await Assert.ThrowsAnyAsync<Exception>(() => _broker.ActorSelection(PathOn(other)).Ask<LeaseGranted>(
            new AcquireLease(Holder, ShMemId.Parse("heap:1")), TimeSpan.FromSeconds(2), Cancelled));

        await _log.Contains("TLS handshake failed");
        Assert.False(_broker.WhenTerminated.IsCompleted);
        await AssertServes(Start(CampaignRemoting.Setup(_certificate)));
    }

    [Fact]
    public async Task A_client_that_sends_garbage_is_refused_and_the_campaign_goes_on()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _address.Port!.Value, Cancelled);
        var stream = client.GetStream();
        await stream.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), Cancelled);

        using var limit = new CancellationTokenSource(PeerCommand.Patience);
        var buffer = new byte[256];
        try
        {
            while (await stream.ReadAsync(buffer, limit.Token) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Reset is as good as closed.
        }

        await AssertServes(Start(CampaignRemoting.Setup(_certificate)));
    }

    [Fact]
    public async Task A_JSON_message_from_a_member_is_refused_and_logged_and_its_connection_goes_on()
    {
        var configuration = CampaignRemoting.Configuration(null);
        var member = Start(ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(configuration), CampaignRemoting.Tls(_certificate)));
        Loaded.Count = 0;

        member.ActorSelection(PathOn(_address)).Tell(new Loaded { Text = "made by JSON" });
        await _log.Contains("'json' (1)");

        Assert.Equal(1, Loaded.Count);
        await AssertServes(Start(CampaignRemoting.Setup(_certificate)));
        Assert.False(_broker.WhenTerminated.IsCompleted);
    }

    [Fact]
    public async Task An_exception_from_a_member_is_refused()
    {
        var configuration = CampaignRemoting.Configuration(null);
        var member = Start(ActorSystemSetup.Create(
            BootstrapSetup.Create().WithConfig(configuration), CampaignRemoting.Tls(_certificate)));

        member.ActorSelection(PathOn(_address)).Tell(new Status.Failure(new InvalidOperationException("made by the receiver")));

        await _log.Contains("Not needed by a campaign");
        await AssertServes(Start(CampaignRemoting.Setup(_certificate)));
    }

    [Fact]
    public void No_settings_file_can_open_the_port_to_others()
    {
        var open = ConfigurationFactory.ParseString(
            """akka.remote.dot-netty.tcp { hostname = "0.0.0.0", enable-ssl = false }""").WithFallback(CampaignHocon.Load());

        var system = Start(CampaignRemoting.Setup(_certificate, open));

        Assert.Equal("akka.ssl.tcp", CampaignRemoting.AddressOf(system).Protocol);
        Assert.Equal("127.0.0.1", CampaignRemoting.AddressOf(system).Host);
    }

    [Fact]
    public async Task Without_TLS_by_the_option_that_says_so_the_port_stays_on_loopback()
    {
        var open = ConfigurationFactory.ParseString($"{CampaignRemoting.TlsKey} = off").WithFallback(CampaignHocon.Load());
        var broker = Start(CampaignRemoting.Setup(null, open));
        broker.ActorOf(Props.Create(() => new Granting()), "granting");

        var address = CampaignRemoting.AddressOf(broker);
        var granted = await Start(CampaignRemoting.Setup(null, open)).ActorSelection(PathOn(address)).Ask<LeaseGranted>(
            new AcquireLease(Holder, ShMemId.Parse("heap:1")), PeerCommand.Patience, Cancelled);

        Assert.Equal(Holder, granted.Holder);
        Assert.Equal(("akka.tcp", "127.0.0.1"), (address.Protocol, address.Host));
    }

    [Fact]
    public void Without_a_certificate_there_is_no_campaign_with_TLS() =>
        Assert.Contains(CampaignRemoting.TlsKey, Assert.Throws<ConfigurationException>(() => CampaignRemoting.Setup(null)).Message);

    private static string PathOn(Address broker) => $"{broker}/user/granting";

    private Task<LeaseGranted> Ask(ActorSystem from, TimeSpan limit) => from.ActorSelection(PathOn(_address)).Ask<LeaseGranted>(
        new AcquireLease(Holder, ShMemId.Parse("heap:1")), limit);

    private async Task AssertServes(ActorSystem worker) => Assert.Equal(Holder, (await Ask(worker, PeerCommand.Patience)).Holder);

    private ActorSystem Start(ActorSystemSetup setup)
    {
        var system = ActorSystem.Create(CampaignRemoting.SystemName, setup);
        _systems.Add(system);
        return system;
    }

    /// <summary>Grants everything; stops when asked for statistics.</summary>
    private sealed class Granting : ReceiveActor
    {
        public Granting()
        {
            Receive<AcquireLease>(acquire => Sender.Tell(new LeaseGranted(acquire.Holder, new ShMemDescription(acquire.Id, 1))));
            Receive<GetStatistics>(_ => Context.Stop(Self));
        }
    }

    private sealed class Watcher : ReceiveActor
    {
        public Watcher(IActorRef watched, TaskCompletionSource<IActorRef> deaths)
        {
            Context.Watch(watched);
            Receive<Terminated>(terminated => deaths.TrySetResult(terminated.ActorRef));
        }
    }

    /// <summary>Counts how often it is made.</summary>
    private sealed class Loaded
    {
        public static int Count;

        public Loaded() => Interlocked.Increment(ref Count);

        public string Text { get; set; } = "";
    }
}
