using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Memfd;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>An attach that copies the owner's descriptor where the kernel lets it (pidfd_getfd(2)), and opens it anew where it does not.</summary>
[SupportedOSPlatform("linux")]
public sealed class MemfdCopyTests
{
    private static readonly MemfdShMemProvider Provider = new();

    [Fact]
    public void A_descriptor_is_copied_where_the_kernel_lets_it()
    {
        var yama = File.Exists("/proc/sys/kernel/yama/ptrace_scope") ? File.ReadAllText("/proc/sys/kernel/yama/ptrace_scope") : "0";
        Require.That(yama.StartsWith('0'), "the right to copy descriptors of other processes (kernel.yama.ptrace_scope is not 0)");
        using var segment = Provider.Create(4096);
        Assert.True(MemfdId.TryParse(segment.Id, out var id));
        using var copy = DescriptorCopies.TryCopy(id);
        Assert.False(copy.IsInvalid);
        Assert.NotEqual(id.Descriptor, copy.Number);
        Assert.Equal(0, LibcFile.Status(copy, out var status));
        Assert.Equal(id.Inode, status.Inode);
    }

    [Theory]
    [InlineData(RefusedCalls.EPERM)]
    [InlineData(RefusedCalls.ENOSYS)]
    public async Task Where_copying_is_refused_a_segment_is_opened_all_the_same(int errno)
    {
        using var calls = await RefusedCalls.Compile();
        await using var owner = await PeerSession.Start();
        await using var opener = await PeerSession.Start(calls.Refuse(("pidfd_getfd", errno)));
        for (var i = 0; i < 2; i++)
        {
            var created = (await owner.Ask($"create memfd 100")).Split(' ');
            Assert.Equal($"ok {created[1]} 100", await opener.Ask($"open {created[1]} 100"));
            await owner.Ask($"write {i} 99 7");
            Assert.Equal("7", (await opener.Ask($"read {i} 99")).Split(' ')[^1]);
        }
    }

    [Fact]
    public void A_view_for_reading_cannot_be_made_writable()
    {
        using var segment = Provider.Create(4096);
        using var view = Provider.Open(segment.Description, ShMemAccess.Read);
        using var lease = view.Lease();
        unsafe
        {
            Assert.Equal(-1, LibcMemory.Allow((nint)lease.Pointer, 4096));
        }
    }
}
