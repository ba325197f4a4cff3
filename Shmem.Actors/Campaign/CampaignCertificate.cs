using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shmem.Actors.Campaign;

/// <summary>
/// The key pair of one campaign, made in memory at its start. Having it is the membership: every process of the campaign proves it to every other,
/// and accepts this very certificate and no other. It goes to a worker through its stdin pipe, and nowhere else.
/// </summary>
/// <remarks>Immutable; may be used from any thread. Dispose it when no actor system uses it any more.</remarks>
public sealed class CampaignCertificate : IDisposable
{
    /// <summary>The longest PKCS#12 form that <see cref="Import"/> takes: 16 KiB.</summary>
    public const int LongestExport = 16 * 1024;

    private CampaignCertificate(X509Certificate2 certificate) => Certificate = certificate;

    internal X509Certificate2 Certificate { get; }

    /// <summary>SHA-256 of the certificate, 64 hexadecimal digits, for logs.</summary>
    public string Thumbprint => Certificate.GetCertHashString(HashAlgorithmName.SHA256);

    /// <summary>Makes a key pair (ECDSA, P-256) and its self-signed certificate.</summary>
    public static CampaignCertificate Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=shmem campaign", key, HashAlgorithmName.SHA256);
        // Pinned, so its dates mean nothing; they only have to hold for as long as any campaign runs, with a clock that may be off.
        var now = DateTimeOffset.UtcNow;
        using var made = request.CreateSelfSigned(now.AddDays(-2), now.AddYears(10));
        // Through PKCS#12, because the TLS of some platforms takes no key that was never in a store of theirs.
        return Import(made.Export(X509ContentType.Pkcs12));
    }

    /// <summary>Reads what <see cref="Export"/> gave.</summary>
    /// <param name="pkcs12">At most <see cref="LongestExport"/> bytes.</param>
    /// <exception cref="CryptographicException">The bytes are malformed, too many, or hold no private key.</exception>
    public static CampaignCertificate Import(ReadOnlySpan<byte> pkcs12)
    {
        if (pkcs12.Length > LongestExport) throw new CryptographicException($"{pkcs12.Length} bytes; {LongestExport} are the limit.");
        var certificate = X509CertificateLoader.LoadPkcs12(pkcs12, null, X509KeyStorageFlags.Exportable);
        if (certificate.HasPrivateKey) return new CampaignCertificate(certificate);
        certificate.Dispose();
        throw new CryptographicException("The campaign's certificate came without its private key.");
    }

    /// <summary>Certificate and private key as PKCS#12 without a password. Secret: whoever has the bytes is a member.</summary>
    public byte[] Export() => Certificate.Export(X509ContentType.Pkcs12);

    /// <inheritdoc/>
    public void Dispose() => Certificate.Dispose();

    /// <summary>True for this very certificate. TLS has then proved that the peer has its key.</summary>
    internal bool IsThisOne(X509Certificate2? peer) =>
        peer is not null && peer.RawDataMemory.Span.SequenceEqual(Certificate.RawDataMemory.Span);
}
