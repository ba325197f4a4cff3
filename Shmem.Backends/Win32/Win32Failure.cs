using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Win32;

/// <summary>Turns the error of a Windows call into an exception that names the call, the error and the remedy.</summary>
[SupportedOSPlatform("windows")]
internal static class Win32Failure
{
    /// <summary>The exception for the last call of this thread.</summary>
    public static ShMemException Of(string call, string purpose) => Of(call, purpose, Marshal.GetLastPInvokeError());

    public static ShMemException Of(string call, string purpose, int error)
    {
        var operation = $"{purpose}: {call}";
        return error switch
        {
            // INVALID_HANDLE is what a name says that belongs to something else, such as a mutex.
            Win32Error.FILE_NOT_FOUND or Win32Error.PATH_NOT_FOUND or Win32Error.INVALID_HANDLE or Win32Error.INVALID_NAME or Win32Error.BAD_PATHNAME =>
                ShMemException.Os(ShMemError.NotFound, operation, error, "Its owner released it or is gone: ask for a new description."),
            Win32Error.ACCESS_DENIED => ShMemException.Os(ShMemError.Denied, operation, error,
                "Open it as the user who created it, and with no more rights than its creator granted."),
            Win32Error.NOT_ENOUGH_MEMORY or Win32Error.OUTOFMEMORY or Win32Error.DISK_FULL or Win32Error.NO_SYSTEM_RESOURCES
                or Win32Error.COMMITMENT_LIMIT => ShMemException.Os(ShMemError.LimitReached, operation, error,
                "Memory, address space or the page file is not enough: ask for less, dispose segments, or enlarge the page file."),
            _ => ShMemException.Os(ShMemError.Os, operation, error, "See the documentation of the call."),
        };
    }
}
