using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Akka.Remote.Transport.DotNetty;
using Akka.Serialization;
using Shmem.Actors.Serialization;

namespace Shmem.Actors.Campaign;

/// <summary>
/// How the actor systems of a campaign, broker and workers alike, reach each other: TCP on 127.0.0.1, any free port, TLS with the campaign's certificate on both
/// sides, and the closed set of messages.
/// </summary>
/// <example>
/// <code>
/// using var certificate = CampaignCertificate.Create();
/// var broker = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(certificate));
/// var address = CampaignRemoting.AddressOf(broker);   // akka.ssl.tcp://shmem@127.0.0.1:40123
/// </code>
/// </example>
public static class CampaignRemoting
{
    /// <summary>The name of every actor system of a campaign.</summary>
    public const string SystemName = "shmem";

    /// <summary>The key in <c>akka.hocon</c> that says whether connections use TLS.</summary>
    public const string TlsKey = "shmem.campaign.tls";

    // What no settings file can change, since the trust within a campaign rests on it. TLS has its key, which says what switching it off means.
    private static readonly Config Always = ConfigurationFactory.ParseString("""
        akka.actor.provider = remote
        akka.remote.enabled-transports = ["akka.remote.dot-netty.tcp"]
        akka.remote.dot-netty.tcp { hostname = "127.0.0.1", public-hostname = "", port = 0, public-port = 0 }
        """);

    /// <summary>Whether the settings ask for TLS: they do unless <see cref="TlsKey"/> is off.</summary>
    public static bool UsesTls(Config settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return settings.GetBoolean(TlsKey, true);
    }

    /// <summary>All that <c>ActorSystem.Create</c> needs.</summary>
    /// <param name="certificate">The campaign's, which must outlive the actor system; null only where the settings switch TLS off, and not used there.</param>
    /// <param name="settings">The settings; null for <see cref="CampaignHocon.Load"/>.</param>
    /// <exception cref="ConfigurationException">There is no certificate, and the settings ask for TLS.</exception>
    public static ActorSystemSetup Setup(CampaignCertificate? certificate, Config? settings = null)
    {
        var configuration = Configuration(settings);
        var setup = ActorSystemSetup.Create(BootstrapSetup.Create().WithConfig(configuration), Serializers());
        return UsesTls(configuration) ? setup.And(Tls(certificate)) : setup;
    }

    /// <summary>The address by which other processes of the campaign reach an actor system.</summary>
    /// <param name="system">One that was made with <see cref="Setup"/>.</param>
    public static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;

    internal static Config Configuration(Config? settings)
    {
        var own = settings ?? CampaignHocon.Load();
        return ConfigurationFactory.ParseString($"akka.remote.dot-netty.tcp.enable-ssl = {(UsesTls(own) ? "on" : "off")}")
            .WithFallback(Always).WithFallback(own);
    }

    internal static SerializationSetup Serializers() => CampaignSerialization.Setup();

    /// <summary>TLS that takes this certificate from the peer, and no other, whatever a certificate authority says.</summary>
    internal static DotNettySslSetup Tls(CampaignCertificate? certificate)
    {
        if (certificate is null) throw new ConfigurationException($"TLS needs the campaign's certificate, and there is none: give it, or set {TlsKey} = off.");
        return new DotNettySslSetup(certificate.Certificate, suppressValidation: false, requireMutualAuthentication: true, validateCertificateHostname: false,
            (peer, _, _, _, _) => certificate.IsThisOne(peer));
    }
}
