using System.Buffers.Binary;

namespace Shmem.Backends.Interop;

/// <summary>Descriptors in the ancillary data of a message (cmsg(3), unix(7)), by the table of an operating system. Bytes only; no system call.</summary>
internal static class ControlMessage
{
    /// <summary>CMSG_SPACE for one descriptor.</summary>
    public static int Space(SocketAbi abi) => Align(abi, abi.ControlHeaderSize) + Align(abi, sizeof(int));

    /// <summary>Writes a message that hands one descriptor over.</summary>
    /// <param name="abi">The system's table.</param>
    /// <param name="control"><see cref="Space"/> bytes.</param>
    /// <param name="file">The descriptor's number. The receiver gets one of its own; this one stays the caller's.</param>
    public static void Write(SocketAbi abi, Span<byte> control, int file)
    {
        control.Clear();
        var header = Align(abi, abi.ControlHeaderSize);
        var at = WriteLength(abi, control, header + sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(control[at..], abi.SocketLevel);
        BinaryPrimitives.WriteInt32LittleEndian(control[(at + sizeof(int))..], abi.Rights);
        BinaryPrimitives.WriteInt32LittleEndian(control[header..], file);
    }

    /// <summary>Reads every descriptor that came, also more than were asked for: the padding of a buffer for one has room for two.</summary>
    /// <returns>How many of <paramref name="files"/> are filled. Each is the caller's to close.</returns>
    public static int Read(SocketAbi abi, ReadOnlySpan<byte> control, Span<int> files)
    {
        var count = 0;
        var header = Align(abi, abi.ControlHeaderSize);
        while (control.Length >= header)
        {
            var length = ReadLength(abi, control, out var at);
            if (length < header || length > control.Length) break;
            var isRights = BinaryPrimitives.ReadInt32LittleEndian(control[at..]) == abi.SocketLevel
                && BinaryPrimitives.ReadInt32LittleEndian(control[(at + sizeof(int))..]) == abi.Rights;
            for (var data = control[header..length]; isRights && data.Length >= sizeof(int) && count < files.Length; data = data[sizeof(int)..])
                files[count++] = BinaryPrimitives.ReadInt32LittleEndian(data);
            control = control[Math.Min(Align(abi, length), control.Length)..];
        }

        return count;
    }

    private static int Align(SocketAbi abi, int length) => (length + abi.ControlAlignment - 1) & -abi.ControlAlignment;

    /// <returns>Where the field after the length lies.</returns>
    private static int WriteLength(SocketAbi abi, Span<byte> control, int length)
    {
        if (abi.WideLengths) BinaryPrimitives.WriteInt64LittleEndian(control, length);
        else BinaryPrimitives.WriteInt32LittleEndian(control, length);
        return abi.WideLengths ? sizeof(long) : sizeof(int);
    }

    private static int ReadLength(SocketAbi abi, ReadOnlySpan<byte> control, out int next)
    {
        next = abi.WideLengths ? sizeof(long) : sizeof(int);
        var length = abi.WideLengths ? BinaryPrimitives.ReadInt64LittleEndian(control) : BinaryPrimitives.ReadUInt32LittleEndian(control);
        return length is >= 0 and <= int.MaxValue ? (int)length : -1;
    }
}
