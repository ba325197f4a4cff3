using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_a_sweep_and_the_creator_of_a_named_segment_one_has_it(bool sweepIsFirst)
    {
        var length = SysVTrailer.Total(100);
        var number = LibcSysV.Get(LibcSysV.IPC_PRIVATE, (nuint)length, LibcSysV.IPC_CREAT | 0x180);
        using var mapping = SysVMapping.Attach(number, ShMemAccess.ReadWrite);
        LibcSysV.Control(number, LibcSysV.IPC_RMID, 0);
        var start = mapping.DangerousGetHandle();
        if (sweepIsFirst) Assert.True(SysVTrailer.TryCondemn(start, (ulong)length));
        Assert.Equal(!sweepIsFirst, SysVTrailer.TryWrite(start, 100, 1, new byte[32]));
        Assert.Equal(sweepIsFirst, SysVTrailer.TryCondemn(start, (ulong)length));
        Assert.Equal(!sweepIsFirst, SysVTrailer.TryRead(start, (ulong)length, out _));
    }

    // As after a kill -9 of the sweep.
    [Fact]
    public void What_a_sweep_began_to_remove_the_next_one_removes()
    {
        var key = SysVNames.KeyOf(SysVNames.Hash(Name));
        var length = SysVTrailer.Total(100);
        var number = LibcSysV.Get(key, (nuint)length, LibcSysV.IPC_CREAT | LibcSysV.IPC_EXCL | 0x180);
        using (var mapping = SysVMapping.Attach(number, ShMemAccess.ReadWrite)) Assert.True(SysVTrailer.TryCondemn(mapping.DangerousGetHandle(), (ulong)length));
        Assert.Equal(number, SysVNames.Find(key, 1));
        Assert.True(SysVNames.Remove(key, 1));
        Assert.Null(Row($"{number}"));
    }

    // A dead campaign may list the name, so that a sweep looks whether what has its key is the dead one's.
    [Fact]
    public async Task A_name_that_was_given_is_there_whatever_is_swept_meanwhile()
    {
        var dead = ListedName.SysV(SysVNames.KeyOf(SysVNames.Hash(Name)), nonce: 1);
        using var done = new CancellationTokenSource();
        var sweeps = Task.Factory.StartNew(() =>
        {
            while (!done.IsCancellationRequested) dead.Remove();
        }, TaskCreationOptions.LongRunning);
        try
        {
            for (var i = 0; i < 10_000; i++)
            {
                using var owner = Provider.CreateNamed(Name, 100);
                Provider.OpenNamed(Name, 100).Dispose();
            }
        }
        finally
        {
            await done.CancelAsync();
            await sweeps;
        }
    }

    /// <summary>What the kernel says of a segment (/proc/sysvipc/shm); null where there is none.</summary>
    private static (string Mode, string Size, string Attached)? Row(string id) => File.ReadLines("/proc/sysvipc/shm").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words[1] == id)
        .Select(words => ((string, string, string)?)(words[2], words[3], words[6])).FirstOrDefault();
}
