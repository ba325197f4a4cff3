using System.Net.Sockets;
using FsCheck.Xunit;
using Shmem.Backends.Interop;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>Descriptors in messages, by the tables of Linux and of macOS. That of Linux is also compared with a C program's in NativeConstantTests.</summary>
public sealed class ControlMessageTests
{
    public static TheoryData<bool> Systems => new(false, true);

    [Fact]
    public void The_bytes_are_those_of_each_system()
    {
        // cmsg_len, cmsg_level, cmsg_type, the descriptor, padding.
        Assert.Equal("1400000000000000" + "01000000" + "01000000" + "07000000" + "00000000", Written(SocketAbi.Linux, 7));
        Assert.Equal("10000000" + "FFFF0000" + "01000000" + "07000000", Written(SocketAbi.MacOS, 7));
    }

    [Theory]
    [MemberData(nameof(Systems))]
    public void Every_descriptor_that_came_is_found(bool isMacOS)
    {
        var abi = isMacOS ? SocketAbi.MacOS : SocketAbi.Linux;
        var one = Convert.FromHexString(Written(abi, 7));
        byte[] two = [.. one, .. Convert.FromHexString(Written(abi, 8))];
        // Another kind of message (SCM_CREDENTIALS) between them holds no descriptors.
        byte[] foreign = [.. one];
        foreign[abi.ControlHeaderSize - sizeof(int)] = 2;
        Span<int> files = stackalloc int[4];
        Assert.Equal(1, ControlMessage.Read(abi, one, files));
        Assert.Equal(7, files[0]);
        Assert.Equal(2, ControlMessage.Read(abi, two, files));
        Assert.Equal([7, 8], files[..2].ToArray());
        Assert.Equal(1, ControlMessage.Read(abi, [.. foreign, .. one], files));
        Assert.Equal(0, ControlMessage.Read(abi, foreign, files));
        Assert.Equal(0, ControlMessage.Read(abi, [], files));
    }

    [Property]
    public void Any_bytes_are_read_without_going_past_their_end(byte[] bytes, bool isMacOS)
    {
        Span<int> files = stackalloc int[4];
        Assert.InRange(ControlMessage.Read(isMacOS ? SocketAbi.MacOS : SocketAbi.Linux, bytes, files), 0, 4);
    }

    // macOS has no MSG_CMSG_CLOEXEC: without it a descriptor comes with CLOEXEC all the same.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_descriptor_that_is_received_is_not_inherited(bool byTheMessage)
    {
        using var folder = new TemporaryFolder();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(folder["s"]));
        listener.Listen();
        using var sender = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        sender.Connect(new UnixDomainSocketEndPoint(folder["s"]));
        using var receiver = listener.Accept();
        var path = folder.Write("sent", [1]);
        using (var file = File.OpenHandle(path)) Assert.Equal(1, LibcSocket.Send(sender.SafeHandle, [1], (int)file.DangerousGetHandle()));
        var abi = byTheMessage ? SocketAbi.Linux : SocketAbi.Linux with { CloseOnExec = 0 };
        Assert.Equal(1, LibcSocket.Receive(abi, receiver.SafeHandle, new byte[1], out var received, out var truncated));
        Assert.False(truncated);
        try
        {
            Assert.Equal(path, new FileInfo($"/proc/self/fd/{received}").LinkTarget);
            var flags = File.ReadLines($"/proc/self/fdinfo/{received}").First(l => l.StartsWith("flags:", StringComparison.Ordinal)).Split('\t')[1];
            // O_CLOEXEC, in octal.
            Assert.NotEqual(0, Convert.ToInt32(flags, 8) & 0x80000);
        }
        finally
        {
            _ = LibcFile.Close(received);
        }
    }

    private static string Written(SocketAbi abi, int file)
    {
        Span<byte> control = stackalloc byte[ControlMessage.Space(abi)];
        ControlMessage.Write(abi, control, file);
        return Convert.ToHexString(control);
    }
}
