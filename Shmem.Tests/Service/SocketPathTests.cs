using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>How long the path of a service's socket may be.</summary>
[SupportedOSPlatform("linux")]
public sealed class SocketPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // LESSONS: "macOS name too long (runtime 63240)"; the 104 bytes of macOS are held everywhere.
    [Fact]
    public void A_socket_path_of_103_bytes_is_used_and_one_of_104_is_refused_with_both_numbers()
    {
        var room = 103 - _folder.FullPath.Length - "/".Length - "/test/s".Length;
        var longest = RuntimeFolder.Open(_folder[new string('x', room)]);
        using (var service = ShMemService.TryStart("test", longest, ServiceFixture.Files, ServiceLimits.Default, ServiceFixture.Patience))
        {
            Assert.Equal(103, ServiceSocket.PathOf(longest, "test").Length);
            new ServedShMemProvider("test", longest.Path, ServiceFixture.Patience).Create(1).Dispose();
        }

        var longer = RuntimeFolder.Open(_folder[new string('x', room + 1)]);
        var refused = Assert.Throws<ShMemException>(() => ServiceSocket.PathOf(longer, "test"));
        Assert.Equal(ShMemError.LimitReached, refused.Error);
        Assert.Contains("104 bytes", refused.Message);
        Assert.Contains("103", refused.Message);
        Assert.Contains(RuntimeFolder.Variable, refused.Remedy);
    }
}
