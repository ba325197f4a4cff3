using Akka.Actor;
using Akka.Configuration;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shmem.Actors;
using Shmem.Actors.Campaign;
using Shmem.Actors.Hosting;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

public sealed class HostingTests : IDisposable
{
    private readonly CampaignCertificate _certificate = CampaignCertificate.Create();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _certificate.Dispose();

    [Fact]
    public async Task A_hosted_broker_serves_a_worker_over_the_campaigns_port_and_ends_with_its_host()
    {
        using var host = Host(akka => akka.WithShMem().WithCampaign(_certificate));
        await host.StartAsync(Cancelled);
        var system = host.Services.GetRequiredService<ActorSystem>();
        var provider = host.Services.GetRequiredService<IRequiredActor<RcShMemProviderActor>>().ActorRef;
        var created = await provider.Ask<SegmentCreated>(new CreateSegment(4096, new HolderId(0, 1, 1), "map"), PeerCommand.Patience, Cancelled);

        var worker = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(_certificate));
        var remote = worker.ActorSelection($"{CampaignRemoting.AddressOf(system)}/user/shmem");
        var granted = await remote.Ask<LeaseGranted>(new AcquireLease(new HolderId(1, 2, 3), created.Segment.Id), PeerCommand.Patience, Cancelled);
        using (var view = host.Services.GetRequiredService<ShMemProvider>().Open(granted.Segment)) Assert.Equal(4096, view.Length);

        await worker.Terminate();
        await host.StopAsync(Cancelled);

        Assert.True(system.WhenTerminated.IsCompleted);
        Assert.Throws<ShMemException>(() => new StdShMemProvider().Open(granted.Segment));
    }

    [Fact]
    public async Task A_host_that_undoes_the_campaigns_address_does_not_start()
    {
        using var host = Host(akka => akka.WithCampaign(_certificate)
            .AddHocon("akka.remote.dot-netty.tcp.enable-ssl = off", HoconAddMode.Prepend));

        await Assert.ThrowsAsync<ConfigurationException>(() => host.StartAsync(Cancelled));
    }

    [Fact]
    public void The_backend_can_be_named()
    {
        using var services = new ServiceCollection().AddShMem(options => options.Backend = "heap").BuildServiceProvider();

        Assert.Equal("heap", services.GetRequiredService<ShMemProvider>().Scheme);
    }

    private static IHost Host(Action<AkkaConfigurationBuilder> configure) => new HostBuilder()
        .ConfigureServices(services => services.AddShMem().AddAkka(CampaignRemoting.SystemName, (akka, _) => configure(akka)))
        .Build();
}
