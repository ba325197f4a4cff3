using FsCheck.Xunit;
using Shmem.Backends.Interop;
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

    private static string Written(SocketAbi abi, int file)
    {
        Span<byte> control = stackalloc byte[ControlMessage.Space(abi)];
        ControlMessage.Write(abi, control, file);
        return Convert.ToHexString(control);
    }
}
