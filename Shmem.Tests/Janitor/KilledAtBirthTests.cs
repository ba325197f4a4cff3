using System.Runtime.Versioning;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.Janitor;

/// <summary>A segment of System V without a name has one for the moment between its creation and its mark: a process that dies then leaves it to the next start.</summary>
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

    private Task<PeerSession> Start(params string[] wrapper) => PeerSession.Start(wrapper, start => start.Environment["SHMEM_RUNTIME_DIR"] = _runtime.FullName);
}
