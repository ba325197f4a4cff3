using Shmem.Backends.Interop;

namespace Shmem.Backends.PosixShm;

/// <summary>The names of shm_open(3) as the files that they are on Linux.</summary>
internal static class PosixNames
{
    /// <summary>Where glibc and musl keep them.</summary>
    public const string Folder = "/dev/shm";

    /// <summary>Of macOS (PSHMNAMLEN, sys/posix_shm.h, is 31 with the NUL); held everywhere.</summary>
    private const int Longest = 30;

    /// <summary>True for what <c>shm_open</c> takes, on every system.</summary>
    public static bool IsName(string name) =>
        name.Length is >= 2 and <= Longest && name[0] == '/' && name.IndexOf('/', 1) < 0 && name is not "/." and not "/..";

    /// <summary>True while the name leads to an object of this user's, and to that very one where it is told.</summary>
    public static bool Leads(string name, FileIdentity? to) =>
        LibcFile.StatusOf(Folder + name, out var status) == 0 && status.IsRegularFile && status.User == LibcFile.ThisUser
        && (to is null || status.Identity == to);

    /// <summary>Removes the name, as long as it leads there.</summary>
    public static bool Unlink(string name, FileIdentity? leadingTo) => Leads(name, leadingTo) && LibcPosixShm.Unlink(name) == 0;
}
