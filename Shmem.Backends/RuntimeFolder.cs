using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends;

/// <summary>
/// The folder for what has to be found by other processes of this user and of nobody else: <c>$SHMEM_RUNTIME_DIR</c>, else <c>/tmp/shmem-&lt;uid&gt;</c>.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class RuntimeFolder
{
    public const string Variable = "SHMEM_RUNTIME_DIR";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Where it is, or would be.</summary>
    public static string Path => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen
        ? System.IO.Path.GetFullPath(chosen)
        : string.Create(CultureInfo.InvariantCulture, $"/tmp/shmem-{LibcFile.ThisUser}");

    /// <summary>The folder, made with mode 0700 where there is none. Afterwards nobody else can have put anything there, or can do so.</summary>
    /// <exception cref="ShMemException">It is another user's, is open to others, is a link or no folder, or cannot be made.</exception>
    public static string Ensure()
    {
        var path = Path;
        Check(path);
        return path;
    }

    /// <summary>The folder, or null where there is none: then no process of this user has left anything in it.</summary>
    /// <exception cref="ShMemException">As <see cref="Ensure"/>.</exception>
    public static string? Find()
    {
        var path = Path;
        if (LibcFile.StatusOf(path, out _) != 0 && Marshal.GetLastPInvokeError() == LibcErrno.ENOENT) return null;
        Check(path);
        return path;
    }

    /// <summary>A folder in it, or in a folder in it.</summary>
    /// <exception cref="ShMemException">It cannot be made.</exception>
    public static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(folder, e.Message);
        }
    }

    internal static void Check(string path)
    {
        // Made first and looked at then: one that somebody else made in the meantime is refused like one that he made before.
        if (LibcFile.StatusOf(path, out var status) != 0)
        {
            Make(path);
            if (LibcFile.StatusOf(path, out status) != 0) throw UnixFailure.Of("statx", $"use the run-time folder {path}", Marshal.GetLastPInvokeError());
        }

        // A link's own status says that it is no folder.
        if (!status.IsFolder) throw Refused(path, "it is a link, or no folder");
        if (status.User != LibcFile.ThisUser) throw Refused(path, $"it belongs to user {status.User} and not to this one, {LibcFile.ThisUser}");
        if (!status.IsPrivateFolder) throw Refused(path, $"its mode is {Convert.ToString(status.Mode & 0x1FF, 8)} and not 700: others may use it");
    }

    private static ShMemException Refused(string path, string why) => new(ShMemError.Denied, $"use the run-time folder {path}", why,
        $"Set {Variable} to a folder of your own with mode 0700.");
}
