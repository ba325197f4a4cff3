using System.Net.Sockets;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>Turns what .NET says of a socket or a file into an exception that names the call, the errno and the remedy.</summary>
internal static class SocketFailure
{
    public static ShMemException Of(Exception failure, string call, string purpose) => failure switch
    {
        ShMemException known => known,
        SocketException { SocketErrorCode: SocketError.TooManyOpenSockets } => UnixFailure.Of(call, purpose, LimitOfFiles()),
        SocketException { NativeErrorCode: > 0 } socket => UnixFailure.Of(call, purpose, socket.NativeErrorCode),
        // An errno; other HResults are negative.
        IOException { HResult: > 0 } file => UnixFailure.Of(call, purpose, file.HResult),
        UnauthorizedAccessException => UnixFailure.Of(call, purpose, LibcErrno.EACCES),
        _ => new ShMemException(ShMemError.Os, $"{purpose}: {call}", failure.Message.TrimEnd('.'), "See the manual page of the call."),
    };

    /// <summary>.NET has one word for EMFILE and ENFILE: another try tells which it is.</summary>
    private static int LimitOfFiles()
    {
        using var probe = LibcFile.OpenAt(LibcFile.AT_FDCWD, "/dev/null", LibcFile.O_RDONLY | LibcFile.O_CLOEXEC);
        return probe.IsInvalid ? Marshal.GetLastPInvokeError() : LibcErrno.EMFILE;
    }
}
