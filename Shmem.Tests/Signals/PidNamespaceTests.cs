using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Arena;
using Shmem.Backends.PosixShm;
using Shmem.Backends.Signals;
using Xunit;

namespace Shmem.Tests.Signals;

/// <summary>
/// Processes that cannot see each other's life must not share what is taken from the dead: a mutex, an arena. They are told so at once, not when one waits for ever.
/// </summary>
[SupportedOSPlatform("linux")]
[Trait("Needs", "Unix")]
public sealed class PidNamespaceTests
{
    private const string Remedy = "Run them in one namespace, as with 'docker run --pid=host'.";

    private static readonly PosixShMemProvider Provider = new();

    [Fact]
    public async Task Another_namespaces_mutex_is_refused_and_its_own_namespaces_is_not()
    {
        using var segment = Provider.Create(4096);
        using var mutex = new SharedMutex(segment, 0);
        await Ask([], segment.Description, "use-mutex 0", answer => Assert.Equal("ok Entered", answer));
        await Ask(Elsewhere("--mount-proc"), segment.Description, "use-mutex 0", answer =>
        {
            Assert.StartsWith($"refused Unsupported use a mutex of {segment.Id}: it belongs to processes of another pid namespace (", answer);
            Assert.Matches("""\([1-9]\d*, this one's is [1-9]\d*\), whose life cannot be seen from here""", answer);
            Assert.EndsWith(Remedy, answer);
        });
    }

    [Fact]
    public async Task Another_namespaces_arena_is_refused_and_its_own_namespaces_is_not()
    {
        using var segment = Provider.Create(1 << 17);
        using var arena = SharedArena.Create(segment);
        await Ask([], segment.Description, "open-arena 0", answer => Assert.Equal("ok", answer));
        await Ask(Elsewhere("--mount-proc"), segment.Description, "open-arena 0", answer =>
        {
            Assert.StartsWith($"refused Unsupported open the arena in {segment.Id}: it belongs to processes of another pid namespace (", answer);
            Assert.EndsWith(Remedy, answer);
        });
    }

    [Fact]
    public async Task A_proc_of_another_namespace_is_told_with_the_remedy()
    {
        using var segment = Provider.Create(4096);
        await Ask(Elsewhere(), segment.Description, "use-mutex 0", answer => Assert.Equal("refused Unsupported tell this process from later ones with its pid: "
            + "/proc is that of another pid namespace. Mount a /proc of this namespace, as 'unshare --mount-proc' does.", answer));
    }

    private static string[] Elsewhere(params string[] more)
    {
        Require.Root();
        return [Require.Tool("unshare"), "--pid", "--fork", "--kill-child", .. more];
    }

    private static async Task Ask(string[] wrapper, ShMemDescription segment, string request, Action<string> look)
    {
        await using var peer = await PeerSession.Start(wrapper);
        var opened = await peer.Ask($"open {segment.Id} {segment.Size}");
        Assert.StartsWith("ok ", opened);
        look(await peer.Ask($"{request}"));
    }
}
