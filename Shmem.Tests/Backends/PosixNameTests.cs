using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.PosixShm;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Names in /dev/shm that are no segments, and the names that we give.</summary>
[SupportedOSPlatform("linux")]
public sealed class PosixNameTests : IDisposable
{
    private static readonly PosixShMemProvider Provider = new();

    private readonly string _name = $"test-{Guid.NewGuid():N}"[..29];

    private string Path => $"/dev/shm/{_name}";

    public void Dispose()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path);
        else File.Delete(Path);
    }

    // LESSONS: "names cut to 18 bytes: long pids leave few random digits, collisions"; ".NET: macOS name too long" (runtime 63240).
    [Fact]
    public void A_name_has_a_hundred_random_bits_and_fits_macOS()
    {
        using var segment = Provider.Create(1);
        Assert.Matches("^/shmem-[a-z2-7]{20}$", segment.NativeId);
        Assert.InRange(segment.NativeId.Length, 1, 30);
    }

    // LESSONS: "/dev/shm names … collide": a name that is there is never taken over, and its bytes are there before anybody uses them.
    [Fact]
    public async Task The_kernel_is_asked_for_a_new_file_of_one_user_and_for_all_its_bytes()
    {
        var trace = System.IO.Path.GetTempFileName();
        await using (var peer = await PeerSession.Start([Require.Tool("strace"), "-f", "-o", trace, "-e", "trace=openat,fallocate,ftruncate,unlink"]))
        {
            Assert.StartsWith("ok", await peer.Ask($"create posix 100003"));
            Assert.Equal("ok", await peer.Ask($"dispose 0"));
        }

        // The last one: the peer makes others at its start.
        var calls = (await File.ReadAllLinesAsync(trace, TestContext.Current.CancellationToken)).Select(line => line.Split(' ', 2)[1].Trim()).ToList();
        File.Delete(trace);
        var opened = calls.FindLastIndex(call => call.StartsWith("openat(AT_FDCWD, \"/dev/shm/shmem-", StringComparison.Ordinal));
        Assert.Matches("O_RDWR\\|O_CREAT\\|O_EXCL\\|.*O_CLOEXEC, 0600\\) = ", calls[opened]);
        var descriptor = calls[opened].Split(' ')[^1];
        Assert.Contains(calls[opened..], call => call.StartsWith($"fallocate({descriptor}, 0, 0, 100003)", StringComparison.Ordinal));
        Assert.DoesNotContain(calls[opened..], call => call.StartsWith("ftruncate", StringComparison.Ordinal));
        Assert.Contains(calls[opened..], call => call.StartsWith("unlink(\"/dev/shm/shmem-", StringComparison.Ordinal));
    }

    // LESSONS: "POSIX segments are never unlinked".
    [Fact]
    public void The_owner_unlinks_the_name()
    {
        var segment = Provider.Create(1);
        Assert.True(File.Exists("/dev/shm" + segment.NativeId));
        segment.Dispose();
        Assert.False(File.Exists("/dev/shm" + segment.NativeId));
    }

    [Fact]
    public void Only_the_user_can_open_it()
    {
        using var segment = Provider.Create(1);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode("/dev/shm" + segment.NativeId));
    }

    [Theory]
    [InlineData(ShMemAccess.Read)]
    [InlineData(ShMemAccess.ReadWrite)]
    public void A_directory_is_not_found(ShMemAccess access)
    {
        Directory.CreateDirectory(Path);
        AssertNotFound(access);
    }

    [Theory]
    [InlineData(ShMemAccess.Read)]
    [InlineData(ShMemAccess.ReadWrite)]
    public void A_link_is_not_followed(ShMemAccess access)
    {
        using var segment = Provider.Create(1);
        File.CreateSymbolicLink(Path, "/dev/shm" + segment.NativeId);
        AssertNotFound(access);
    }

    [Theory]
    [InlineData(ShMemAccess.Read)]
    [InlineData(ShMemAccess.ReadWrite)]
    public async Task A_fifo_without_a_writer_is_not_found_and_not_waited_for(ShMemAccess access)
    {
        await Tool.Run(Require.Tool("mkfifo"), Path);
        await Task.Run(() => AssertNotFound(access), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_file_that_was_truncated_is_too_small()
    {
        using var segment = Provider.Create(8192);
        using (var file = File.Open("/dev/shm" + segment.NativeId, FileMode.Open)) file.SetLength(100);
        var refused = Assert.Throws<ShMemException>(() => Provider.Open(segment.Description));
        Assert.Equal(ShMemError.TooSmall, refused.Error);
        Assert.Contains("100 bytes", refused.Message);
    }

    private void AssertNotFound(ShMemAccess access)
    {
        var refused = Assert.Throws<ShMemException>(() => Provider.Open(new ShMemDescription(ShMemId.Parse($"posix:/{_name}"), 1), access).Dispose());
        Assert.Equal((ShMemError.NotFound, refused.Message), (refused.Error, refused.Message));
    }
}
