using Akka.Configuration;
using Akka.Hosting;
using Shmem.Actors.Campaign;
using Shmem.Backends;

namespace Shmem.Actors.Hosting;

/// <summary>Adds Shmem to an actor system that Akka.Hosting builds.</summary>
/// <example>
/// <code>
/// services.AddShMem().AddAkka(CampaignRemoting.SystemName, akka => akka.WithShMem().WithCampaign(certificate));
/// </code>
/// </example>
public static class ShMemAkkaExtensions
{
    /// <summary>Starts <see cref="RcShMemProviderActor"/> over the registered providers, and registers it in the <c>ActorRegistry</c> under its type.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="name">The actor's name, under <c>/user</c>.</param>
    public static AkkaConfigurationBuilder WithShMem(this AkkaConfigurationBuilder builder, string name = "shmem") =>
        builder.WithActors((system, registry, resolver) => registry.Register<RcShMemProviderActor>(
            system.ActorOf(RcShMemProviderActor.Props(resolver.GetService<IEnumerable<ShMemProvider>>()), name)));

    /// <summary>Makes the actor system a member of a campaign. Call it last: what is configured after it could undo it.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="certificate">The campaign's, which must outlive the actor system; null only where the settings switch TLS off.</param>
    /// <param name="settings">The settings; null for <see cref="CampaignHocon.Load"/>.</param>
    /// <exception cref="ConfigurationException">There is no certificate, and the settings ask for TLS; at the start, if something has undone it.</exception>
    public static AkkaConfigurationBuilder WithCampaign(this AkkaConfigurationBuilder builder, CampaignCertificate? certificate,
        Config? settings = null)
    {
        var configuration = CampaignRemoting.Configuration(settings);
        var protocol = CampaignRemoting.UsesTls(configuration) ? "akka.ssl.tcp" : "akka.tcp";
        if (CampaignRemoting.UsesTls(configuration)) builder.AddSetup(CampaignRemoting.Tls(certificate));
        return builder
            .AddHocon(configuration, HoconAddMode.Prepend)
            .AddSetup(CampaignRemoting.Serializers())
            .WithActors((system, _) =>
            {
                var address = CampaignRemoting.AddressOf(system);
                if (address.Protocol != protocol || address.Host != "127.0.0.1")
                    throw new ConfigurationException($"The actor system listens at {address}, not on loopback by {protocol}: call WithCampaign last.");
            });
    }
}
