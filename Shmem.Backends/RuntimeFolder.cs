using System.Globalization;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Backends;

/// <summary>
/// The folder of this user where processes meet: <c>$SHMEM_RUNTIME_DIR</c>, else <c>/tmp/shmem-&lt;uid&gt;</c>. Created 0700; one that is there must be
/// this user's, 0700 and no link, since in /tmp anybody may have made it before us.
/// </summary>
internal sealed class RuntimeFolder
{
    /// <summary>The environment variable that names the folder.</summary>
    public const string Variable = "SHMEM_RUNTIME_DIR";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Who may use it. The set-group-ID bit, which a folder inherits, gives nobody anything.</summary>
    private const int PermissionBits = 0x1FF;

    private RuntimeFolder(string path) => Path = path;

    /// <summary>Its full path.</summary>
    public string Path { get; }

    /// <summary>The folder that the environment names, made if it is not there.</summary>
    /// <exception cref="ShMemException">It cannot be made, or somebody else could have written there.</exception>
    public static RuntimeFolder Open() => Open(Named());

    /// <summary>The path of that folder, or null where there is none: then no process of this user has left anything in it.</summary>
    /// <exception cref="ShMemException">As <see cref="Open()"/>.</exception>
    public static string? Find()
    {
        var path = Named();
        // A link that leads nowhere is there, too, and is refused.
        return Directory.Exists(path) || new FileInfo(path).LinkTarget is not null || File.Exists(path) ? Open(path).Path : null;
    }

    /// <summary>Makes a folder in it, or in a folder in it, if it is not there.</summary>
    /// <exception cref="ShMemException">It cannot be made.</exception>
    public static void Make(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new ShMemException(ShMemError.Unsupported, $"use run-time folder {folder}", "Windows has no owner and mode to check",
                "Use the win backend there, which needs no folder.");
        }

        try
        {
            Directory.CreateDirectory(folder, OwnerOnly);
        }
        catch (IOException e) when (e.HResult == LibcErrno.ENOSPC)
        {
            throw new ShMemException(ShMemError.LimitReached, $"use run-time folder {folder}", e.Message.TrimEnd('.'),
                $"Make room there ('df', 'df -i'), or set {Variable} to a folder of your own elsewhere.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(folder, e.Message.TrimEnd('.'));
        }
    }

    private static string Named()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named)) return named;
        if (OperatingSystem.IsAndroid())
        {
            throw new ShMemException(ShMemError.Invalid, "find the run-time folder", $"{Variable} is not set, and Android has no folder for all",
                $"Set {Variable} to a folder of the application's own files.");
        }

        return string.Create(CultureInfo.InvariantCulture, $"/tmp/shmem-{LibcFile.ThisUser}");
    }

    /// <summary>A given folder, made if it is not there.</summary>
    /// <exception cref="ShMemException">It cannot be made, or somebody else could have written there.</exception>
    public static RuntimeFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        Ensure(full);
        return new RuntimeFolder(full);
    }

    /// <summary>The path of a folder in it, made 0700 if it is not there and checked alike.</summary>
    /// <exception cref="ShMemException">It cannot be made, or somebody else could have written there.</exception>
    public string Subfolder(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        Ensure(path);
        return path;
    }

    private static void Ensure(string path)
    {
        Make(path);
        // By its descriptor, so that what is checked is one thing; O_NOFOLLOW refuses a link.
        using var folder = LibcFile.OpenAt(LibcFile.AT_FDCWD, path, LibcFile.O_RDONLY | LibcFile.O_DIRECTORY | LibcFile.O_NOFOLLOW | LibcFile.O_CLOEXEC);
        if (folder.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno is LibcErrno.EMFILE or LibcErrno.ENFILE) throw UnixFailure.Of("open", $"use run-time folder {path}", errno);
            throw Refused(path, errno is LibcErrno.ENOTDIR || errno == LibcErrno.ELOOP
                ? "it is a link, or no folder" : Marshal.GetPInvokeErrorMessage(errno).TrimEnd('.'));
        }

        if (LibcFile.Status(folder, out var status) != 0) throw UnixFailure.Of("fstat", $"use run-time folder {path}");
        if (status.User != LibcFile.ThisUser)
            throw Refused(path, string.Create(CultureInfo.InvariantCulture, $"it belongs to user {status.User}"));
        if ((status.Mode & PermissionBits) != (int)OwnerOnly)
            throw Refused(path, $"others may use it (mode {Convert.ToString(status.Mode & PermissionBits, 8)}, not 700)");
    }

    private static ShMemException Refused(string path, string why) => new(ShMemError.Denied, $"use run-time folder {path}", why,
        $"Set {Variable} to a folder that only you can use (chmod 700), or remove that one if it is not yours.");
}
