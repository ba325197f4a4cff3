using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// What .NET's Socket cannot do: descriptors in messages (sendmsg(2), recvmsg(2)), the peer's user (SO_PEERCRED of unix(7), getpeereid(3)), and
/// poll(2). Constants that Linux (bits/socket.h, bits/poll.h) and macOS (sys/socket.h, sys/poll.h) have in common.
/// </summary>
internal static unsafe partial class LibcSocket
{
    public const int SCM_RIGHTS = 1;

    public const short POLLIN = 1;

    /// <summary>The most descriptors that a receiver's buffer has room for.</summary>
    private const int MostFiles = 4;

    /// <summary>Sends bytes, and a descriptor with the first of them. Does not wait.</summary>
    /// <param name="socket">A connected stream socket.</param>
    /// <param name="bytes">At least one byte.</param>
    /// <param name="file">The descriptor, which stays the caller's; -1 for none.</param>
    /// <returns>Bytes sent, or -1 with errno set.</returns>
    public static int Send(SafeSocketHandle socket, ReadOnlySpan<byte> bytes, int file = -1)
    {
        var abi = SocketAbi.Current;
        Span<byte> control = stackalloc byte[ControlMessage.Space(abi)];
        if (file < 0) control = [];
        else ControlMessage.Write(abi, control, file);
        var header = stackalloc byte[abi.HeaderSize];
        nint result;
        // SAFETY: header, vector and the pinned spans live until the call returns; their lengths are the spans' own.
        fixed (byte* start = bytes)
        fixed (byte* controls = control)
        {
            var vector = stackalloc nint[2] { (nint)start, bytes.Length };
            Describe(abi, header, vector, controls, control.Length);
            do result = SendMessage(socket, header, abi.DoNotWait | abi.NoSignal);
            while (result < 0 && Marshal.GetLastPInvokeError() == LibcErrno.EINTR);
        }

        return (int)result;
    }

    /// <summary>Receives bytes and at most one descriptor, with CLOEXEC. Waits as long as the socket's own time limit says.</summary>
    /// <param name="socket">A connected stream socket.</param>
    /// <param name="bytes">Room for at least one byte.</param>
    /// <param name="file">The descriptor, the caller's from here on; -1 where none came, or several, which no peer of ours sends: they are closed.</param>
    /// <param name="truncated">True where a descriptor was sent but could not be received, which a limit of open files causes.</param>
    /// <returns>Bytes received, 0 at the end of the stream, or -1 with errno set.</returns>
    public static int Receive(SafeSocketHandle socket, Span<byte> bytes, out int file, out bool truncated) =>
        Receive(SocketAbi.Current, socket, bytes, out file, out truncated);

    // By this system's table, or by one that has less.
    internal static int Receive(SocketAbi abi, SafeSocketHandle socket, Span<byte> bytes, out int file, out bool truncated)
    {
        Span<byte> control = stackalloc byte[ControlMessage.Space(abi)];
        var header = stackalloc byte[abi.HeaderSize];
        nint result;
        file = -1;
        truncated = false;
        // SAFETY: as in Send.
        fixed (byte* start = bytes)
        fixed (byte* controls = control)
        {
            var vector = stackalloc nint[2] { (nint)start, bytes.Length };
            do
            {
                Describe(abi, header, vector, controls, control.Length);
                result = ReceiveMessage(socket, header, abi.CloseOnExec);
            }
            while (result < 0 && Marshal.GetLastPInvokeError() == LibcErrno.EINTR);
        }

        if (result < 0) return -1;
        var fields = new ReadOnlySpan<byte>(header, abi.HeaderSize);
        truncated = (BinaryPrimitives.ReadInt32LittleEndian(fields[abi.FlagsOffset..]) & abi.ControlTruncated) != 0;
        Span<int> files = stackalloc int[MostFiles];
        var count = ControlMessage.Read(abi, control[..BinaryPrimitives.ReadInt32LittleEndian(fields[abi.ControlLengthOffset..])], files);
        if (count == 1 && !truncated)
        {
            file = files[0];
            if (abi.CloseOnExec == 0) LibcProcess.CloseOnExec(file);
            return (int)result;
        }

        // That several were cut off is no limit of this process.
        truncated &= count <= 1;
        foreach (var extra in files[..count]) _ = LibcFile.Close(extra);
        return (int)result;
    }

    /// <summary>Receives bytes and no descriptors: the kernel closes those that a peer sends along. Does not wait.</summary>
    /// <returns>Bytes received, 0 at the end of the stream, or -1 with errno set.</returns>
    public static int ReceiveBytes(SafeSocketHandle socket, Span<byte> bytes)
    {
        nint result;
        // SAFETY: the kernel writes at most that many bytes.
        fixed (byte* start = bytes)
        {
            do result = ReceivePlain(socket, start, (nuint)bytes.Length, SocketAbi.Current.DoNotWait);
            while (result < 0 && Marshal.GetLastPInvokeError() == LibcErrno.EINTR);
        }

        return (int)result;
    }

    /// <summary>The user that the other end of a connection runs as, and its pid where the system tells (else 0).</summary>
    /// <returns>False with errno set.</returns>
    public static bool TryGetPeer(SafeSocketHandle socket, out uint user, out int pid)
    {
        pid = 0;
        if (OperatingSystem.IsMacOS()) return PeerIds(socket, out user, out _) == 0;
        var length = (uint)sizeof(Credentials);
        var answered = GetOption(socket, LinuxNumbers.SOL_SOCKET, LinuxNumbers.SO_PEERCRED, out var credentials, ref length) == 0;
        (user, pid) = (credentials.User, credentials.Pid);
        return answered;
    }

    /// <summary>Waits until one of the descriptors is ready.</summary>
    /// <param name="entries">What is waited for. The descriptors are open for as long as the call lasts.</param>
    /// <param name="milliseconds">The longest wait; -1 for ever.</param>
    /// <returns>How many are ready, 0 after the time, or -1 with errno set (EINTR too).</returns>
    public static int Poll(Span<PollEntry> entries, int milliseconds)
    {
        // SAFETY: the kernel reads and writes exactly that many entries.
        fixed (PollEntry* start = entries) return PollAll(start, (nuint)entries.Length, milliseconds);
    }

    private static void Describe(SocketAbi abi, byte* header, nint* vector, byte* control, int controlLength)
    {
        var fields = new Span<byte>(header, abi.HeaderSize);
        fields.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(fields[abi.VectorsOffset..], (nint)vector);
        BinaryPrimitives.WriteInt64LittleEndian(fields[abi.ControlOffset..], controlLength == 0 ? 0 : (nint)control);
        // The upper half of a wide length is zero already.
        BinaryPrimitives.WriteInt32LittleEndian(fields[abi.VectorCountOffset..], 1);
        BinaryPrimitives.WriteInt32LittleEndian(fields[abi.ControlLengthOffset..], controlLength);
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(SafeSocketHandle socket, byte* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(SafeSocketHandle socket, byte* message, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint ReceivePlain(SafeSocketHandle socket, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(SafeSocketHandle socket, int level, int option, out Credentials value, ref uint length);

    [LibraryImport("libc", EntryPoint = "getpeereid", SetLastError = true)]
    private static partial int PeerIds(SafeSocketHandle socket, out uint user, out uint group);

    // nfds_t is an unsigned long on Linux and an unsigned int on macOS; the register is the same.
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollAll(PollEntry* entries, nuint count, int milliseconds);

    /// <summary><c>struct ucred</c> (bits/socket.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct Credentials
    {
        public readonly int Pid;
        public readonly uint User;
        public readonly uint Group;
    }
}
