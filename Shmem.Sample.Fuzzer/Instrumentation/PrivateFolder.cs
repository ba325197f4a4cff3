using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>A folder whose content is loaded as code, and which therefore nobody else may write to.</summary>
internal static class PrivateFolder
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Bits that give nobody anything: a folder inherits the set-group-ID bit of its parent.</summary>
    private const UnixFileMode Harmless = UnixFileMode.SetGroup;

    /// <summary>Creates the folder with mode 0700, or checks that the one there is this user's, 0700 and not a link.</summary>
    /// <exception cref="InputException">It is not, or can't be created.</exception>
    public static void Ensure(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                // The user's profile grants nothing to others.
                Directory.CreateDirectory(folder);
                return;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            Directory.CreateDirectory(folder, Owner);
            Check(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(folder, e);
        }
    }

    /// <summary>Checks one that is there, and changes nothing.</summary>
    /// <exception cref="InputException">It is not this user's, 0700 and no link.</exception>
    public static void Check(string folder)
    {
        try
        {
            if (OperatingSystem.IsWindows()) return;
            var info = new DirectoryInfo(folder);
            if (info.LinkTarget is not null)
                throw new InputException(folder, "it is a link", "Set SHMEM_CACHE_DIR to a folder of your own.");
            if (!info.Exists)
                throw new InputException(folder, "it is no folder", "Set SHMEM_CACHE_DIR to a folder of your own.");
            var mode = info.UnixFileMode;
            if ((mode & ~Harmless) != Owner)
                throw new InputException(folder, "others may use it", $"Run chmod 700 {folder}, if its content is yours.");
            ProveOwnership(info, mode);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(folder, e);
        }
    }

    private static InputException Refused(string folder, Exception why) => new(folder, why.Message.TrimEnd('.'), "Set SHMEM_CACHE_DIR to a folder of your own.");

    /// <summary>Only the owner, or root, may set a mode: the BCL does not tell who owns a file. Throws where we are neither.</summary>
    private static void ProveOwnership(DirectoryInfo info, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            info.UnixFileMode = mode;
    }
}
