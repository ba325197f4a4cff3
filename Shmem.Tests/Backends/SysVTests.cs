using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.SysV;
using Xunit;

namespace Shmem.Tests.Backends;

[SupportedOSPlatform("linux")]
public sealed class SysVTests : PersistentShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new SysVShMemProvider();

    private protected override bool IdEndsWithItsOwner => false;

    // LESSONS: "its comment says no attach after IPC_RMID; on Linux one can, while somebody is attached".
    [Fact]
    public void It_is_marked_for_removal_from_its_birth_and_opens_while_anybody_is_attached()
    {
        var owner = Provider.Create(8192);
        // Octal: SHM_DEST of linux/shm.h, and that only its user may touch it.
        Assert.Equal(("1600", "8192", "1"), Row(owner.NativeId));
        var first = Provider.Open(owner.Description);
        owner.Dispose();
        using (var second = Provider.Open(first.Description))
        {
            Assert.Equal("2", Row(first.NativeId)!.Value.Attached);
            first.Span[8191] = 5;
            Assert.Equal(5, second.Span[8191]);
        }

        first.Dispose();
        Assert.Null(Row(first.NativeId));
        Refused(ShMemError.NotFound, () => Provider.Open(first.Description));
    }

    /// <summary>What the kernel says of a segment (/proc/sysvipc/shm); null where there is none.</summary>
    private static (string Mode, string Size, string Attached)? Row(string id) => File.ReadLines("/proc/sysvipc/shm").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words[1] == id)
        .Select(words => ((string, string, string)?)(words[2], words[3], words[6])).FirstOrDefault();
}
