namespace Shmem.Backends.Interop;

/// <summary>
/// How an operating system lays out what sendmsg(2) and recvmsg(2) take, in 64-bit processes: one table for each. The code that passes descriptors is
/// one, and is tested on Linux with both.
/// </summary>
/// <param name="HeaderSize">Bytes of <c>struct msghdr</c>.</param>
/// <param name="VectorsOffset">Of <c>msg_iov</c>.</param>
/// <param name="VectorCountOffset">Of <c>msg_iovlen</c>.</param>
/// <param name="ControlOffset">Of <c>msg_control</c>.</param>
/// <param name="ControlLengthOffset">Of <c>msg_controllen</c>.</param>
/// <param name="FlagsOffset">Of <c>msg_flags</c>.</param>
/// <param name="WideLengths">True where <c>msg_iovlen</c>, <c>msg_controllen</c> and <c>cmsg_len</c> have 8 bytes, false where they have 4.</param>
/// <param name="ControlHeaderSize">Bytes of <c>struct cmsghdr</c>.</param>
/// <param name="ControlAlignment">What CMSG_SPACE rounds up to.</param>
/// <param name="SocketLevel">SOL_SOCKET.</param>
/// <param name="Rights">SCM_RIGHTS.</param>
/// <param name="DoNotWait">MSG_DONTWAIT.</param>
/// <param name="NoSignal">MSG_NOSIGNAL; 0 where there is none (.NET ignores SIGPIPE).</param>
/// <param name="ControlTruncated">MSG_CTRUNC.</param>
/// <param name="CloseOnExec">MSG_CMSG_CLOEXEC; 0 where there is none and fcntl(2) has to do it.</param>
internal sealed record SocketAbi(int HeaderSize, int VectorsOffset, int VectorCountOffset, int ControlOffset, int ControlLengthOffset, int FlagsOffset,
    bool WideLengths, int ControlHeaderSize, int ControlAlignment, int SocketLevel, int Rights, int DoNotWait, int NoSignal, int ControlTruncated,
    int CloseOnExec)
{
    /// <summary>Linux and Android: linux/socket.h, bits/socket.h. The C libraries agree, musl by padding.</summary>
    public static SocketAbi Linux { get; } = new(HeaderSize: 56, VectorsOffset: 16, VectorCountOffset: 24, ControlOffset: 32, ControlLengthOffset: 40,
        FlagsOffset: 48, WideLengths: true, ControlHeaderSize: 16, ControlAlignment: 8, LinuxNumbers.SOL_SOCKET, LibcSocket.SCM_RIGHTS,
        LinuxNumbers.MSG_DONTWAIT, LinuxNumbers.MSG_NOSIGNAL, LinuxNumbers.MSG_CTRUNC, LinuxNumbers.MSG_CMSG_CLOEXEC);

    /// <summary>macOS: sys/socket.h, whose <c>cmsghdr</c> is aligned to 4 bytes (<c>__DARWIN_ALIGN32</c>).</summary>
    public static SocketAbi MacOS { get; } = new(HeaderSize: 48, VectorsOffset: 16, VectorCountOffset: 24, ControlOffset: 32, ControlLengthOffset: 40,
        FlagsOffset: 44, WideLengths: false, ControlHeaderSize: 12, ControlAlignment: 4, MacOSNumbers.SOL_SOCKET, LibcSocket.SCM_RIGHTS,
        MacOSNumbers.MSG_DONTWAIT, NoSignal: 0, MacOSNumbers.MSG_CTRUNC, CloseOnExec: 0);

    /// <summary>That of the system we run on.</summary>
    public static SocketAbi Current { get; } = OperatingSystem.IsMacOS() ? MacOS : Linux;
}
