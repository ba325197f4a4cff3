using System.Runtime.Versioning;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.Janitor;

/// <summary>
/// What a process that is killed between two calls leaves half made to the next start: a segment of System V without a name, which has one between its
/// creation and its mark; the record of a persisted segment; a service's folder.
/// </summary>
[Trait("Needs", "Unix")]
[SupportedOSPlatform("linux")]
public sealed class KilledAtBirthTests : IDisposable
{
    /// <summary>Which of a process's calls kills it: a later one than the peer makes at its start.</summary>
    private const int Fatal = 20;

    private readonly DirectoryInfo _runtime = Directory.CreateTempSubdirectory("shmem-birth-");

    public void Dispose() => _runtime.Delete(recursive: true);

    [Theory]
    [InlineData("shmat", 1)]
    [InlineData("shmat", 4096)]
    [InlineData("shmctl", 4096)]
    public async Task It_is_swept(string killedAt, long size)
    {
        int pid;
        await using (var victim = await Start(Require.Tool("strace"), "-f", "-o", "/dev/null", "-e", $"trace={killedAt}", "-e", $"inject={killedAt}:signal=SIGKILL:when={Fatal}"))
        {
            pid = victim.Pid;
            for (var i = 0; i < Fatal; i++) await victim.Tell($"create sysv {size}");
            await victim.End();
        }

        Assert.Equal(1, Footprint.SysVOf(pid));
        await using var next = await Start();
        Assert.StartsWith("ok", await next.Ask($"sweep"));
        Assert.Equal("ok ", await next.Ask($"leaked"));
        Assert.Equal(0, Footprint.SysVOf(pid));
    }

    [Fact]
    public async Task A_record_of_a_persisted_segment_that_a_killed_process_had_not_named_yet_is_swept()
    {
        // The campaign's folder appears by the first rename, the record by the second.
        await using (var victim = await Start(Require.Tool("strace"), "-f", "-o", "/dev/null", "-e", "trace=rename", "-e", "inject=rename:signal=SIGKILL:when=2"))
        {
            Assert.StartsWith("ok", await victim.Ask($"create posix 100"));
            await victim.Tell($"persist 0");
            await victim.End();
        }

        await using var next = await Start();
        Assert.Equal("ok ", await next.Ask($"persisted"));
        Assert.StartsWith("ok", await next.Ask($"sweep"));
        Assert.Empty(Directory.GetFiles(_runtime.FullName, ".new-*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_folder_of_a_service_that_was_killed_before_it_had_a_socket_is_swept()
    {
        await using (var victim = await Start(Require.Tool("strace"), "-f", "-o", "/dev/null", "-e", "trace=bind", "-e", "inject=bind:signal=SIGKILL:when=1"))
        {
            await victim.Tell($"start-service test memfd");
            await victim.End();
        }

        Assert.True(Directory.Exists(Path.Combine(_runtime.FullName, "test")));
        await using var next = await Start();
        Assert.Equal("ok 0", await next.Ask($"sweep"));
        Assert.False(Directory.Exists(Path.Combine(_runtime.FullName, "test")));
    }

    private Task<PeerSession> Start(params string[] wrapper) => PeerSession.Start(wrapper, start => start.Environment["SHMEM_RUNTIME_DIR"] = _runtime.FullName);
}
