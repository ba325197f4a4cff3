using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.SysV;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>System V as on macOS, where a segment that is marked for removal cannot be attached: its creator's dispose removes it.</summary>
[SupportedOSPlatform("linux")]
public sealed class OrdinarySysVTests : PersistentShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new SysVShMemProvider(marksAtBirth: false);

    // On Linux whoever is attached keeps it open, also when it is marked.
    private protected override bool IdEndsWithItsOwner => false;

    [Fact]
    public void It_is_marked_for_removal_by_its_creators_dispose_only()
    {
        Assert.False(Provider.Capabilities.CrashClean);
        var owner = Provider.Create(8192);
        Assert.Equal("600", Mode(owner.NativeId));
        Provider.Open(owner.Description).Dispose();
        Assert.Equal("600", Mode(owner.NativeId));
        using (Provider.Open(owner.Description))
        {
            owner.Dispose();
            Assert.Equal("1600", Mode(owner.NativeId));
        }

        Assert.Null(Mode(owner.NativeId));
    }

    [Fact]
    public async Task A_lost_view_of_the_creators_removes_it_too()
    {
        var number = Lose();
        await Waiting.UntilCollected(() => Mode(number) is null, TimeSpan.FromSeconds(60), "the segment is removed");
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private string Lose() => Provider.Create(4096).NativeId;

    /// <summary>Octal, with SHM_DEST of linux/shm.h; null where there is no such segment.</summary>
    private static string? Mode(string id) => File.ReadLines("/proc/sysvipc/shm").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words[1] == id).Select(words => words[2]).FirstOrDefault();
}
