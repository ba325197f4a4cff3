using System.Globalization;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Memfd;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>
/// Ids whose descriptor is something else than the segment. LESSONS: "a memfd's or mmap's id is a raw fd number, meaningless in another process";
/// "an fd number was taken for a path, or sent to a process that has no such fd" (LibAFL 2277, 1316, 1955).
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class MemfdDescriptorTests
{
    private static readonly MemfdShMemProvider Provider = new();

    [Fact]
    public void The_id_of_a_segment_whose_number_was_given_to_another_segment_is_not_found()
    {
        var first = Provider.Create(4096);
        var stale = first.Description;
        first.Dispose();
        // The lowest free number is given next: of many segments one has it.
        var others = Enumerable.Range(0, 64).Select(_ => Provider.Create(4096)).ToList();
        Assert.Throws<ShMemException>(() => Provider.Open(stale));
        var live = others[0].Description;
        foreach (var other in others.Skip(1)) AssertSomethingElse(NumberOf(other.Id), InodeOf(live.Id));
        others.ForEach(o => o.Dispose());
    }

    [Fact]
    public void A_plain_file_is_not_found()
    {
        var path = Path.GetTempFileName();
        using (var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite))
        {
            file.SetLength(4096);
            AssertSomethingElse(file.SafeFileHandle);
        }

        File.Delete(path);
    }

    [Fact]
    public void A_file_of_dev_shm_is_not_found()
    {
        var path = $"/dev/shm/test-{Guid.NewGuid():N}";
        using (var file = File.Open(path, FileMode.CreateNew, FileAccess.ReadWrite))
        {
            file.SetLength(4096);
            AssertSomethingElse(file.SafeFileHandle);
        }

        File.Delete(path);
    }

    [Fact]
    public void A_directory_is_not_found()
    {
        using var directory = Open("/tmp", LibcFile.O_RDONLY | LibcFile.O_DIRECTORY);
        AssertSomethingElse(directory);
    }

    [Fact]
    public void A_running_program_is_not_found()
    {
        using var program = Open(Environment.ProcessPath!, LibcFile.O_RDONLY);
        AssertSomethingElse(program);
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/dev/zero")]
    [InlineData("/dev/ptmx")]
    public void A_device_is_not_found(string path)
    {
        using var device = Open(path, LibcFile.O_RDWR | LibcFile.O_NOCTTY);
        AssertSomethingElse(device);
    }

    [Fact]
    public void A_socket_is_not_found()
    {
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, 0);
        AssertSomethingElse((int)socket.Handle, 1);
    }

    [Fact]
    public async Task A_fifo_without_a_writer_is_not_found_and_not_waited_for()
    {
        var path = Path.Combine(Path.GetTempPath(), $"fifo-{Guid.NewGuid():N}");
        await Tool.Run(Require.Tool("mkfifo"), path);
        using (var fifo = Open(path, LibcFile.O_RDONLY | LibcFile.O_NONBLOCK))
            await Task.Run(() => AssertSomethingElse(fifo), TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        File.Delete(path);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(LibcFile.F_SEAL_SHRINK | LibcFile.F_SEAL_GROW)]
    [InlineData(LibcFile.F_SEAL_SEAL)]
    public void A_memfd_that_can_still_be_truncated_or_sealed_is_not_found(int seals)
    {
        using var file = Memfd(seals);
        AssertSomethingElse(file);
    }

    // What is mapped longer than it is kills its reader by SIGBUS.
    [Fact]
    public async Task A_memfd_that_is_shortened_and_sealed_while_it_is_opened_is_never_opened_too_long()
    {
        Require.Patience();
        const int Rounds = 20_000;
        using var together = new Barrier(2);
        var token = TestContext.Current.CancellationToken;
        var (file, delay, longer) = (-1, 0, 0);
        var shortens = Task.Factory.StartNew(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                together.SignalAndWait(token);
                Thread.SpinWait(delay);
                LibcFile.Truncate(file, 0);
                LibcFile.Control(file, LibcFile.F_ADD_SEALS, MemfdShMemProvider.Seals);
                together.SignalAndWait(token);
            }
        }, TaskCreationOptions.LongRunning);
        for (var i = 0; i < Rounds; i++)
        {
            using var memfd = Memfd(0);
            file = (int)memfd.DangerousGetHandle();
            LibcFile.Status(new Descriptor(file), out var status);
            together.SignalAndWait(token);
            try
            {
                Provider.Open(new ShMemDescription(IdOf(file, status.Inode), 4096)).Dispose();
                longer++;
            }
            catch (ShMemException e)
            {
                // Nearer to the moment between two of its looks: sealed already before the first, or not yet at the last.
                delay = Math.Max(0, delay + (e.Error == ShMemError.TooSmall ? 5 : -1));
            }

            together.SignalAndWait(token);
        }

        await shortens;
        Assert.Equal(0, longer);
    }

    [Fact]
    public void A_memfd_with_more_seals_than_ours_is_opened()
    {
        const int write = 8; // F_SEAL_WRITE; as a stand-in for F_SEAL_EXEC, which the kernel adds where vm.memfd_noexec is set.
        using var file = Memfd(LibcFile.F_SEAL_SHRINK | LibcFile.F_SEAL_GROW | LibcFile.F_SEAL_SEAL | write);
        Assert.Equal(0, LibcFile.Status(new Descriptor((int)file.DangerousGetHandle()), out var status));
        using var opened = Provider.Open(new ShMemDescription(IdOf((int)file.DangerousGetHandle(), status.Inode), 4096), ShMemAccess.Read);
        Assert.Equal(4096, opened.Length);
    }

    [Fact]
    public void A_segment_cannot_be_truncated_by_whoever_opens_it()
    {
        using var segment = Provider.Create(8192);
        using var file = Open($"/proc/self/fd/{NumberOf(segment.Id)}", LibcFile.O_RDWR);
        Assert.Equal(-1, LibcFile.Truncate((int)file.DangerousGetHandle(), 0));
        Assert.Equal(-1, LibcFile.Truncate((int)file.DangerousGetHandle(), 1 << 20));
    }

    [Fact]
    public void A_sparse_segment_may_be_longer_than_4_GiB()
    {
        const long size = (5L << 30) + 3;
        using var segment = Provider.Create(size);
        segment.Slice(size - 1, 1)[0] = 5;
        segment.Ref<long>(4L << 30) = -1;
        using var other = Provider.Open(segment.Description);
        Assert.Equal(5, other.Slice(size - 1, 1)[0]);
        Assert.Equal(-1, other.Ref<long>(4L << 30));
        Assert.Equal(0, other.Slice(0, 1)[0]);
        Assert.Throws<InvalidOperationException>(() => other.Span.Length);
        Assert.Throws<InvalidOperationException>(other.Memory);
        using var stream = other.AsStream();
        Assert.Equal(size, stream.Seek(0, SeekOrigin.End));
        Assert.Throws<ArgumentOutOfRangeException>(() => other.Slice(size - 1, 2).Length);
    }

    private static SafeFileHandle Memfd(int seals)
    {
        var file = LibcMemfd.Create("shmem-test\0"u8).Number;
        Assert.Equal(0, LibcFile.Truncate(file, 4096));
        if (seals != 0) Assert.Equal(0, LibcFile.Control(file, LibcFile.F_ADD_SEALS, seals));
        return new SafeFileHandle(file, ownsHandle: true);
    }

    private static SafeFileHandle Open(string path, int flags)
    {
        var file = LibcFile.OpenAt(LibcFile.AT_FDCWD, path, flags | LibcFile.O_CLOEXEC);
        Assert.False(file.IsInvalid, path);
        return file;
    }

    private static void AssertSomethingElse(SafeFileHandle file)
    {
        Assert.Equal(0, LibcFile.Status(new Descriptor((int)file.DangerousGetHandle()), out var status));
        AssertSomethingElse((int)file.DangerousGetHandle(), status.Inode);
    }

    // For reading a descriptor is opened anew, for writing it is copied where that is allowed.
    private static void AssertSomethingElse(int descriptor, ulong inode) =>
        Assert.All([ShMemAccess.Read, ShMemAccess.ReadWrite], access => AssertSomethingElse(descriptor, inode, access));

    private static void AssertSomethingElse(int descriptor, ulong inode, ShMemAccess access)
    {
        var refused = Assert.Throws<ShMemException>(() => Provider.Open(new ShMemDescription(IdOf(descriptor, inode), 1), access).Dispose());
        Assert.Equal((ShMemError.NotFound, refused.Message), (refused.Error, refused.Message));
        Assert.Contains("is something else by now", refused.Message, StringComparison.Ordinal);
        Assert.Contains("for a new description.", refused.Remedy, StringComparison.Ordinal);
    }

    private static ShMemId IdOf(int descriptor, ulong inode) => ShMemId.Parse($"memfd:{Environment.ProcessId}.{descriptor}.{inode}");

    private static int NumberOf(ShMemId id) => int.Parse(id.Rest.Split('.')[1], CultureInfo.InvariantCulture);

    private static ulong InodeOf(ShMemId id) => ulong.Parse(id.Rest.Split('.')[2], CultureInfo.InvariantCulture);
}
