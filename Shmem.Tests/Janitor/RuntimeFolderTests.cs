using System.Runtime.Versioning;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Janitor;

/// <summary>The folder that only this user may use.</summary>
[SupportedOSPlatform("linux")]
public sealed class RuntimeFolderTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("shmem-runtime-");

    private string Folder => Path.Combine(_root.FullName, "run");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void It_and_a_folder_in_it_are_made_for_their_owner_alone()
    {
        var folder = RuntimeFolder.Open(Folder);
        var inner = folder.Subfolder("service");
        Assert.Equal((Folder, OwnerOnly), (folder.Path, File.GetUnixFileMode(Folder)));
        Assert.Equal((Path.Combine(Folder, "service"), OwnerOnly), (inner, File.GetUnixFileMode(inner)));
        Assert.Equal(Folder, RuntimeFolder.Open(Folder).Path);
    }

    [Theory]
    [InlineData(OwnerOnly | UnixFileMode.GroupRead, "740")]
    [InlineData(OwnerOnly | UnixFileMode.OtherExecute, "701")]
    [InlineData(OwnerOnly | UnixFileMode.OtherWrite, "702")]
    [InlineData(OwnerOnly | UnixFileMode.StickyBit | UnixFileMode.OtherWrite, "702")]
    public void One_that_others_may_use_is_refused_with_its_mode(UnixFileMode mode, string said)
    {
        Directory.CreateDirectory(Folder);
        File.SetUnixFileMode(Folder, mode);
        Assert.Contains($"(mode {said}, not 700)", Refused().Message);
    }

    // A new folder inherits the bit of its parent, and chmod 700 leaves it there.
    [Fact]
    public void One_that_is_to_give_its_group_to_what_is_in_it_is_good()
    {
        File.SetUnixFileMode(_root.FullName, OwnerOnly | UnixFileMode.SetGroup);
        var inner = RuntimeFolder.Open(Folder).Subfolder("service");
        Assert.Equal(OwnerOnly | UnixFileMode.SetGroup, File.GetUnixFileMode(inner));
        Assert.Equal(Folder, RuntimeFolder.Open(Folder).Path);
    }

    [Fact]
    public void A_link_to_a_good_one_is_refused()
    {
        var target = Directory.CreateDirectory(Path.Combine(_root.FullName, "target"), OwnerOnly);
        File.CreateSymbolicLink(Folder, target.FullName);
        Refused();
        File.Delete(Folder);
        File.CreateSymbolicLink(Folder, Path.Combine(_root.FullName, "nowhere"));
        Refused();
    }

    [Fact]
    public void A_file_is_refused()
    {
        File.WriteAllText(Folder, "");
        Refused();
    }

    [Fact]
    public async Task Another_users_is_refused()
    {
        Require.Root();
        Directory.CreateDirectory(Folder, OwnerOnly);
        await Tool.Run(Require.Tool("chown"), "65534", Folder);
        Assert.Contains("belongs to user 65534", Refused().Message);
    }

    [Fact]
    public async Task A_process_whose_folder_is_refused_creates_no_name_and_uses_what_has_none()
    {
        Directory.CreateDirectory(Folder);
        File.SetUnixFileMode(Folder, OwnerOnly | UnixFileMode.OtherRead);
        await using var peer = await PeerSession.Start([], start =>
        {
            start.Environment["SHMEM_RUNTIME_DIR"] = Folder;
            start.Environment["SHMEM_TEST_FRESH"] = "1";
        });
        foreach (var create in (string[])["create posix 100", "create-named posix t-refused 100", "create-named sysv t-refused 100"])
        {
            var answer = await peer.Ask($"{create}");
            Assert.StartsWith("refused Denied", answer);
            Assert.Contains("SHMEM_RUNTIME_DIR", answer);
        }

        Assert.StartsWith("ok", await peer.Ask($"create memfd 100"));
        Assert.StartsWith("ok", await peer.Ask($"create sysv 100"));
        Assert.StartsWith("refused Denied", await peer.Ask($"sweep"));
    }

    private ShMemException Refused()
    {
        var refused = Assert.Throws<ShMemException>(() => RuntimeFolder.Open(Folder));
        Assert.Equal(ShMemError.Denied, refused.Error);
        Assert.Contains("SHMEM_RUNTIME_DIR", refused.Remedy);
        return refused;
    }
}
