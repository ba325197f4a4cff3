using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shmem.Actors.Campaign;
using Xunit;

namespace Shmem.Tests.Campaign;

public sealed class CampaignCertificateTests
{
    [Fact]
    public void It_is_the_same_after_export_and_import()
    {
        using var made = CampaignCertificate.Create();
        using var imported = CampaignCertificate.Import(made.Export());

        Assert.Equal(made.Thumbprint, imported.Thumbprint);
        Assert.True(made.IsThisOne(imported.Certificate));
        Assert.True(imported.Certificate.HasPrivateKey);
    }

    [Fact]
    public void No_other_is_taken_for_it_whatever_its_name()
    {
        using var one = CampaignCertificate.Create();
        using var other = CampaignCertificate.Create();

        Assert.Equal(one.Certificate.Subject, other.Certificate.Subject);
        Assert.False(one.IsThisOne(other.Certificate));
        Assert.False(one.IsThisOne(null));
    }

    [Fact]
    public void Bytes_that_are_no_certificate_with_its_key_are_refused()
    {
        using var made = CampaignCertificate.Create();
        using var withoutKey = X509CertificateLoader.LoadCertificate(made.Certificate.RawDataMemory.Span);

        Assert.ThrowsAny<CryptographicException>(() => CampaignCertificate.Import([]));
        Assert.ThrowsAny<CryptographicException>(() => CampaignCertificate.Import([1, 2, 3]));
        Assert.ThrowsAny<CryptographicException>(() => CampaignCertificate.Import(new byte[CampaignCertificate.LongestExport + 1]));
        Assert.ThrowsAny<CryptographicException>(() => CampaignCertificate.Import(withoutKey.Export(X509ContentType.Pkcs12)));
    }
}
