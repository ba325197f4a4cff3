using System.Runtime.Versioning;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>
/// Errors that name the call, the errno, the limit that was met and its value. Each limit is lowered for one peer alone: by prlimit, or in
/// namespaces of its own.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LimitTests : IDisposable
{
    private readonly List<DirectoryInfo> _folders = [];

    public void Dispose() => _folders.ForEach(f => f.Delete(recursive: true));

    // LESSONS: "open files at their limit, served: no return in 20 s".
    [Theory]
    [InlineData("memfd", "memfd_create")]
    [InlineData("posix", "shm_open")]
    public async Task Open_files_at_their_limit_are_named(string scheme, string call)
    {
        await using var peer = await PeerSession.Start([Require.Tool("prlimit"), "--nofile=100:100"]);
        await peer.Ask($"fill-descriptors 0");
        AssertNames(await peer.Ask($"create {scheme} 100"), call, "errno 24", "(100)", "ulimit -n");
        await peer.Ask($"free-descriptors");
        Assert.StartsWith("ok", await peer.Ask($"create {scheme} 100"));
        // A POSIX name would outlive the peer.
        Assert.Equal("ok", await peer.Ask($"dispose 0"));
    }

    [Fact]
    public async Task With_any_number_of_free_descriptors_an_open_works_or_names_the_limit_and_works_later()
    {
        using var segment = new StdShMemProvider("memfd").Create(100);
        await using var peer = await PeerSession.Start([Require.Tool("prlimit"), "--nofile=100:100"]);
        var refused = 0;
        for (var left = 0; left < 5; left++)
        {
            await peer.Ask($"fill-descriptors {left}");
            var answer = await peer.Ask($"open {segment.Id} 100");
            if (!answer.StartsWith("ok", StringComparison.Ordinal)) AssertNames(answer, "errno 24", "(100)");
            refused += answer.StartsWith("ok", StringComparison.Ordinal) ? 0 : 1;
            await peer.Ask($"free-descriptors");
        }

        Assert.InRange(refused, 1, 4);
        Assert.StartsWith("ok", await peer.Ask($"open {segment.Id} 100"));
    }

    [Fact]
    public async Task System_V_needs_no_descriptor()
    {
        await using var peer = await PeerSession.Start([Require.Tool("prlimit"), "--nofile=100:100"]);
        await peer.Ask($"fill-descriptors 0");
        Assert.StartsWith("ok", await peer.Ask($"create sysv 100"));
    }

    // LESSONS: AFL++ 858, 1999: "shmmax too small says only EINVAL".
    [Fact]
    public async Task Shmmax_is_named()
    {
        await using var peer = await InOwnNamespace("--ipc", "echo 65536 > /proc/sys/kernel/shmmax");
        AssertNames(await peer.Ask($"create sysv 65537"), "shmget", "errno 22", "kernel.shmmax", "now 65536", "65537 bytes");
        Assert.StartsWith("ok", await peer.Ask($"create sysv 65536"));
    }

    // LESSONS: "the 4,097th System V segment: 'check shmall, shmmax' though it is shmmni; errno lost".
    [Fact]
    public async Task Shmmni_is_named()
    {
        await using var peer = await InOwnNamespace("--ipc", "echo 3 > /proc/sys/kernel/shmmni");
        for (var i = 0; i < 3; i++) Assert.StartsWith("ok", await peer.Ask($"create sysv 100"));
        AssertNames(await peer.Ask($"create sysv 100"), "shmget", "errno 28", "kernel.shmmni segments (now 3), and there are 3: raise it with sysctl");
        await peer.Ask($"dispose 0");
        Assert.StartsWith("ok", await peer.Ask($"create sysv 100"));
    }

    // LESSONS: AFL++ 2833: "thousands of 4-byte segments exhaust shmmni: put small maps in one segment".
    [Fact]
    public async Task Ten_thousand_maps_of_four_bytes_take_one_segment_of_the_three_that_there_may_be()
    {
        await using var peer = await InOwnNamespace("--ipc", "echo 3 > /proc/sys/kernel/shmmni");
        Assert.StartsWith("ok", await peer.Ask($"create sysv {1 << 20}"));
        Assert.Equal("ok 10000", await peer.Ask($"fill-arena 0 10000"));
        Assert.Equal("ok 1", await peer.Ask($"sysv-segments"));
        // As segments of their own only two more fit.
        for (var i = 0; i < 2; i++) Assert.StartsWith("ok", await peer.Ask($"create sysv 4"));
        AssertNames(await peer.Ask($"create sysv 4"), "shmget", "kernel.shmmni");
        Assert.Equal("ok 3", await peer.Ask($"sysv-segments"));
    }

    [Fact]
    public async Task Shmall_is_named_and_not_shmmni()
    {
        await using var peer = await InOwnNamespace("--ipc", "echo 20 > /proc/sys/kernel/shmall");
        var page = Environment.SystemPageSize;
        Assert.StartsWith("ok", await peer.Ask($"create sysv {16 * page}"));
        var refused = await peer.Ask($"create sysv {4 * page + 1}");
        AssertNames(refused, "shmget", "errno 28", "kernel.shmall pages in all (now 20); they have 16 and this one would have 5: raise it with sysctl");
        Assert.DoesNotContain("shmmni", refused);
        Assert.StartsWith("ok", await peer.Ask($"create sysv {4 * page}"));
    }

    [Fact]
    public async Task Ten_thousand_System_V_segments_live_at_once_where_shmmni_allows()
    {
        await using var peer = await InOwnNamespace("--ipc", "echo 20000 > /proc/sys/kernel/shmmni");
        Assert.Equal("ok 10000", await peer.Ask($"create-many sysv 10000"));
    }

    // LESSONS: ".NET: truncated maps crash (79832): posix_fallocate".
    [Fact]
    public async Task A_full_dev_shm_is_an_error_at_creation_and_leaves_no_name()
    {
        await using var peer = await InOwnNamespace("--mount", "mount -t tmpfs -o size=1m shmem-test /dev/shm");
        AssertNames(await peer.Ask($"create posix 1048577"), "posix_fallocate", "errno 28", "/dev/shm is full", "1048576 bytes");
        Assert.StartsWith("ok", await peer.Ask($"create posix 1048576"));
        AssertNames(await peer.Ask($"create posix 1"), "posix_fallocate", "errno 28");
        await peer.Ask($"dispose 0");
        Assert.StartsWith("ok", await peer.Ask($"create posix 1048576"));
    }

    // The kernel then adds F_SEAL_EXEC to every memfd, and with 2 makes none whose creator does not ask for that.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Where_memfds_may_not_be_executable_they_open_all_the_same(int setting)
    {
        Require.That(File.Exists("/proc/sys/vm/memfd_noexec"), "vm.memfd_noexec (Linux 6.3)");
        await using var peer = await InOwnNamespace("--pid --fork --kill-child --mount-proc", $"echo {setting} > /proc/sys/vm/memfd_noexec");
        var created = (await peer.Ask($"create memfd 100")).Split(' ');
        Assert.Equal("ok", created[0]);
        Assert.StartsWith("ok", await peer.Ask($"open {created[1]} 100"));
    }

    private Task<PeerSession> InOwnNamespace(string namespaces, string prepare)
    {
        Require.Root();
        // Names that are left there are nobody's business here.
        var folder = Directory.CreateTempSubdirectory("shmem-limits-");
        _folders.Add(folder);
        return PeerSession.Start([Require.Tool("unshare"), .. namespaces.Split(' '), "sh", "-c", $"{prepare} && exec \"$@\"", "sh"],
            start => start.Environment["SHMEM_RUNTIME_DIR"] = folder.FullName);
    }

    private static void AssertNames(string answer, params string[] parts)
    {
        Assert.StartsWith("refused LimitReached", answer);
        Assert.All(parts, part => Assert.Contains(part, answer));
    }
}
