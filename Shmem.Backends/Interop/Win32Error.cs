namespace Shmem.Backends.Interop;

/// <summary>Error numbers of winerror.h.</summary>
internal static class Win32Error
{
    public const int FILE_NOT_FOUND = 2;
    public const int PATH_NOT_FOUND = 3;
    public const int ACCESS_DENIED = 5;
    public const int INVALID_HANDLE = 6;
    public const int NOT_ENOUGH_MEMORY = 8;
    public const int OUTOFMEMORY = 14;
    public const int INVALID_PARAMETER = 87;
    public const int DISK_FULL = 112;
    public const int INVALID_NAME = 123;
    public const int BAD_PATHNAME = 161;
    public const int ALREADY_EXISTS = 183;
    public const int PIPE_BUSY = 231;
    public const int NO_SYSTEM_RESOURCES = 1450;
    public const int COMMITMENT_LIMIT = 1455;
}
