using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

[SupportedOSPlatform("linux")]
public sealed class RuntimeFolderTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_folder_and_a_folder_in_it_are_the_owners_alone()
    {
        var folder = RuntimeFolder.Open(_folder["run"]);
        var inner = folder.Subfolder("service");
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(folder.Path));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(inner));
        Assert.Equal(folder.Path, RuntimeFolder.Open(_folder["run"]).Path);
    }

    [Theory]
    [InlineData(OwnerOnly | UnixFileMode.GroupRead, "740")]
    [InlineData(OwnerOnly | UnixFileMode.OtherExecute, "701")]
    [InlineData(OwnerOnly | UnixFileMode.StickyBit | UnixFileMode.OtherWrite, "1702")]
    public void A_folder_that_others_may_use_is_refused_with_its_mode(UnixFileMode mode, string said)
    {
        Directory.CreateDirectory(_folder["run"]);
        File.SetUnixFileMode(_folder["run"], mode);
        Assert.Contains($"mode {said}", Refused(() => RuntimeFolder.Open(_folder["run"])).Message);
    }

    [Fact]
    public void A_link_is_refused_though_it_leads_to_a_folder_of_ours()
    {
        Directory.CreateDirectory(_folder["real"], OwnerOnly);
        Directory.CreateSymbolicLink(_folder["run"], _folder["real"]);
        Refused(() => RuntimeFolder.Open(_folder["run"]));
        File.WriteAllText(_folder["file"], "");
        Refused(() => RuntimeFolder.Open(_folder["file"]));
    }

    [Fact]
    public async Task A_folder_of_another_user_is_refused_with_the_user()
    {
        Require.Root();
        Directory.CreateDirectory(_folder["run"], OwnerOnly);
        await Tool.Run(Require.Tool("chown"), "65534", _folder["run"]);
        Assert.Contains("user 65534", Refused(() => RuntimeFolder.Open(_folder["run"])).Message);
    }

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

    private static ShMemException Refused(Action action)
    {
        var refused = Assert.Throws<ShMemException>(action);
        Assert.Equal((ShMemError.Denied, refused.Message), (refused.Error, refused.Message));
        Assert.Contains(RuntimeFolder.Variable, refused.Remedy);
        return refused;
    }
}
