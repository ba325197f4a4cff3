using System.Runtime.Versioning;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>
/// What is chosen where the kernel refuses the backends that are preferred: memfd by a seccomp filter, POSIX by a /dev/shm that cannot be written to,
/// System V by a filter too.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class FallbackTests
{
    private const string ReadOnlyShm = "mount -t tmpfs -o ro tmpfs /dev/shm";

    [Fact]
    public async Task Where_nothing_is_refused_memfd_is_chosen()
    {
        await using var peer = await PeerSession.Start();
        Assert.Equal("memfd memfd decided once; ", await peer.Ask($"backends"));
        Assert.Equal("Information: Segments are created by memfd", await peer.Ask($"hosted"));
    }

    [Theory]
    [InlineData(RefusedCalls.EPERM, "Denied", "A seccomp filter")]
    [InlineData(RefusedCalls.ENOSYS, "Unsupported", "This kernel has no such call")]
    public async Task Where_memfd_is_refused_POSIX_is_chosen(int errno, string error, string why)
    {
        using var calls = await RefusedCalls.Compile();
        await using var peer = await PeerSession.Start(calls.Refuse(("memfd_create", errno)));
        var answer = await peer.Ask($"backends");
        Assert.StartsWith($"posix posix decided once; {error} create memfd segment of 1 bytes: memfd_create:", answer);
        Assert.Contains($"(errno {errno})", answer);
        Assert.Contains(why, answer);
        // What is chosen is shared with processes to which nothing is refused.
        var created = await peer.AskForSegment($"create posix 100");
        await peer.Ask($"write 0 99 7");
        using (var opened = new StdShMemProvider().Open(created)) Assert.Equal(7, opened.Span[99]);
        await peer.Ask($"dispose 0");
    }

    [Theory]
    [InlineData(ReadOnlyShm, "Denied", 30, "mounted for reading only")]
    [InlineData("mount -t tmpfs -o nr_inodes=1 tmpfs /dev/shm", "LimitReached", 28, "as many files as it may")]
    [InlineData("mount -t tmpfs -o size=4k tmpfs /dev/shm && head -c 4096 /dev/zero > /dev/shm/full", "LimitReached", 28, "/dev/shm is full")]
    public async Task Where_memfd_and_POSIX_are_refused_System_V_is_chosen_with_both_reasons(string mount, string error, int errno, string why)
    {
        using var calls = await RefusedCalls.Compile();
        await using var peer = await OwnShm.Start(mount, calls.Refuse(("memfd_create", RefusedCalls.ENOSYS)));
        var answer = await peer.Ask($"backends");
        Assert.StartsWith("sysv sysv decided once; Unsupported create memfd segment of 1 bytes: memfd_create:", answer);
        Assert.Contains($"; {error} create posix segment of 1 bytes: ", answer);
        Assert.Contains($"(errno {errno})", answer);
        Assert.Contains(why, answer);
        Assert.StartsWith("ok sysv:", await peer.Ask($"create sysv 100"));
    }

    [Fact]
    public async Task Where_another_user_may_not_make_names_System_V_is_chosen()
    {
        Require.ReadableByOthers(PeerSession.Assembly);
        using var calls = await RefusedCalls.Compile();
        await using var peer = await OwnShm.Start("mount -t tmpfs -o mode=0700 tmpfs /dev/shm",
            [Require.Tool("setpriv"), "--reuid=54321", "--regid=54321", "--clear-groups", .. calls.Refuse(("memfd_create", RefusedCalls.EPERM))]);
        var answer = await peer.Ask($"backends");
        Assert.StartsWith("sysv sysv decided once; ", answer);
        Assert.Contains("Denied create posix segment of 1 bytes: shm_open: Permission denied (errno 13). This user may not make files in /dev/shm", answer);
    }

    [Fact]
    public async Task Where_all_are_refused_each_ones_reason_is_told()
    {
        using var calls = await RefusedCalls.Compile();
        await using var peer = await OwnShm.Start(ReadOnlyShm, calls.Refuse(("memfd_create", RefusedCalls.EPERM), ("shmget", RefusedCalls.ENOSYS)));
        var answer = await peer.Ask($"backends");
        Assert.StartsWith("refused Unsupported choose a backend: ", answer);
        Assert.All((string[])["memfd_create:", "(errno 1)", "shm_open:", "(errno 30)", "shmget:", "(errno 38)"], part => Assert.Contains(part, answer));
    }

    [Fact]
    public async Task A_backend_that_is_named_is_used_or_fails_and_no_other_is_tried()
    {
        using var calls = await RefusedCalls.Compile();
        var refuse = calls.Refuse(("memfd_create", RefusedCalls.EPERM));
        await using var peer = await PeerSession.Start(refuse, start => start.Environment[StdShMemProvider.BackendVariable] = "sysv");
        Assert.Equal("sysv sysv named; ", await peer.Ask($"backends environment"));
        Assert.Equal("Information: Segments are created by sysv", await peer.Ask($"hosted"));
        await using var stubborn = await PeerSession.Start(refuse, start => start.Environment[StdShMemProvider.BackendVariable] = "memfd");
        Assert.StartsWith("refused Denied create memfd segment of 100 bytes: memfd_create", await stubborn.Ask($"backends environment"));
    }

    [Theory]
    [InlineData(OwnShm.Empty, "posix")]
    [InlineData(ReadOnlyShm, "sysv")]
    public async Task Where_memfd_is_refused_a_campaign_can_still_be_joined_as_long_as_no_name_is_held(string mount, string chosen)
    {
        using var calls = await RefusedCalls.Compile();
        await using var first = await PeerSession.Start();
        var campaign = (await first.Ask($"campaign")).Split(' ')[1];
        await using var peer = await OwnShm.Start(mount, calls.Refuse(("memfd_create", RefusedCalls.ENOSYS)), start => start.Environment["SHMEM_TEST_FRESH"] = "1");
        Assert.StartsWith($"{chosen} {chosen} decided once", await peer.Ask($"backends"));
        Assert.Equal($"ok {campaign}", await peer.Ask($"join {campaign}"));
        Assert.StartsWith("ok", await peer.Ask($"create {chosen} 100"));
        Assert.Equal($"ok {campaign}", await peer.Ask($"campaign"));
        await peer.Ask($"dispose 0");
    }

    [Fact]
    public async Task A_host_logs_once_what_was_chosen_and_why_others_were_not()
    {
        using var calls = await RefusedCalls.Compile();
        await using var peer = await OwnShm.Start(ReadOnlyShm, calls.Refuse(("memfd_create", RefusedCalls.EPERM)));
        var log = await peer.Ask($"hosted");
        Assert.StartsWith("Warning: Segments are created by sysv, since what is preferred does not work here: create memfd segment of 1 bytes: memfd_create:", log);
        Assert.Contains("; create posix segment of 1 bytes: shm_open:", log);
        Assert.DoesNotContain(" | ", log);
    }
}
