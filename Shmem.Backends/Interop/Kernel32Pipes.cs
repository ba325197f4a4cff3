using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>
/// What .NET's pipe streams cannot do: pipes that refuse other machines and other users from birth, a connect that says at once that there is none, and the
/// pids of both ends. Constants from winbase.h, winnt.h and fileapi.h.
/// </summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Kernel32Pipes
{
    private const uint PIPE_ACCESS_DUPLEX = 3;
    private const uint FILE_FLAG_FIRST_PIPE_INSTANCE = 0x80000;
    private const uint FILE_FLAG_OVERLAPPED = 0x40000000;
    private const uint PIPE_REJECT_REMOTE_CLIENTS = 8;
    private const uint PIPE_UNLIMITED_INSTANCES = 255;
    private const uint GENERIC_READ_WRITE = 0xC0000000;
    private const uint OPEN_EXISTING = 3;

    /// <summary>The server cannot act as its client, only see who it is.</summary>
    private const uint SECURITY_SQOS_PRESENT_IDENTIFICATION = 0x110000;

    /// <summary>An instance of a byte pipe, overlapped. The caller owns it; invalid with the last error set on failure.</summary>
    /// <param name="name">Its whole name.</param>
    /// <param name="first">True: refused with ERROR_ACCESS_DENIED where the pipe has an instance already, whoever has it.</param>
    /// <param name="room">Bytes that can be on their way in each direction.</param>
    /// <param name="descriptor">A self-relative security descriptor.</param>
    public static SafePipeHandle Create(string name, bool first, int room, ReadOnlySpan<byte> descriptor)
    {
        // SAFETY: the descriptor is pinned over the call, which copies it.
        fixed (byte* bytes = descriptor)
        {
            var attributes = new SecurityAttributes { Length = (uint)sizeof(SecurityAttributes), SecurityDescriptor = (nint)bytes };
            return CreateNamedPipe(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0), PIPE_REJECT_REMOTE_CLIENTS,
                PIPE_UNLIMITED_INSTANCES, (uint)room, (uint)room, 0, attributes);
        }
    }

    /// <summary>A client's end of a pipe, overlapped. The caller owns it; invalid with the last error set: ERROR_PIPE_BUSY where no instance is free.</summary>
    public static SafePipeHandle Open(string name) => CreateFile(name, GENERIC_READ_WRITE, 0, 0, OPEN_EXISTING,
        FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT_IDENTIFICATION, 0);

    /// <summary>Waits until an instance of a pipe is free. False with the last error set: ERROR_SEM_TIMEOUT, or there is no such pipe.</summary>
    public static bool WaitFor(string name, int milliseconds) => WaitNamedPipe(name, (uint)milliseconds) != 0;

    /// <summary>The pid of the client of an instance; 0 with the last error set on failure.</summary>
    public static int ClientOf(SafePipeHandle instance) => GetNamedPipeClientProcessId(instance, out var pid) != 0 ? (int)pid : 0;

    /// <summary>True while the other end is open.</summary>
    public static bool IsConnected(SafePipeHandle pipe) => PeekNamedPipe(pipe, 0, 0, 0, 0, 0) != 0;

    [LibraryImport("kernel32", EntryPoint = "CreateNamedPipeW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafePipeHandle CreateNamedPipe(string name, uint openMode, uint pipeMode, uint instances, uint outSize, uint inSize, uint timeout,
        in SecurityAttributes attributes);

    [LibraryImport("kernel32", EntryPoint = "CreateFileW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial SafePipeHandle CreateFile(string name, uint access, uint share, nint attributes, uint disposition, uint flags, nint template);

    [LibraryImport("kernel32", EntryPoint = "WaitNamedPipeW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial int WaitNamedPipe(string name, uint milliseconds);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int GetNamedPipeClientProcessId(SafePipeHandle pipe, out uint pid);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int PeekNamedPipe(SafePipeHandle pipe, nint buffer, uint length, nint read, nint available, nint left);
}
