using System.Globalization;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>Holds an output folder for one fuzzer. The operating system frees it when the holder dies (<c>FileShare.None</c> is an advisory
/// <c>flock</c> on Unix). Only who holds it may remove its file (<see cref="Remove()"/>): else two could hold two files of one name.</summary>
internal sealed class OutputLock : IDisposable
{
    public const string FileName = ".lock";

    // Apart from the lock, since nobody can open that one to read the number in it.
    public const string HolderFileName = ".holder";

    private readonly string _path;
    private readonly FileStream _file;
    private readonly string _holder;

    private OutputLock(string path, FileStream file, string holder)
    {
        _path = path;
        _file = file;
        _holder = holder;
    }

    /// <summary>Takes the folder, or says who has it.</summary>
    /// <exception cref="InputException">Another process holds it, or it cannot be written.</exception>
    public static OutputLock Take(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var holder = Path.Combine(folder, HolderFileName);
        FileStream file;
        try
        {
            // Between the two somebody who gave the folder up may have removed it: a lock on what no path leads to keeps nobody out.
            while (IsRemoved(file = Open(path, FileMode.OpenOrCreate))) file.Dispose();
        }
        catch (IOException held) when (IsHeld(held))
        {
            throw new InputException(folder, $"in use by process {Holder(holder)}", "Give another -o, or stop that process.");
        }
        try
        {
            if (!KeepsOthersOut(path))
            {
                throw new InputException(folder, "its file system has no locks, or DOTNET_SYSTEM_IO_DISABLEFILELOCKING switches them off: two fuzzers could use it at once",
                    "Give a folder on another file system with -o, or unset that variable.");
            }
            WholeFile.Write(holder, System.Text.Encoding.ASCII.GetBytes($"{Environment.ProcessId}\n"), overwrite: true);
            return new OutputLock(path, file, holder);
        }
        catch
        {
            Remove(path, file);
            throw;
        }
    }

    /// <summary>Lets go, and leaves no file. Those that come after make their own.</summary>
    public void Remove()
    {
        File.Delete(_holder);
        Remove(_path, _file);
    }

    public void Dispose()
    {
        // Somebody may have removed the folder meanwhile: then there is nothing to remove.
        if (Directory.Exists(Path.GetDirectoryName(_holder))) File.Delete(_holder);
        _file.Dispose();
    }

    /// <summary>Removed first, so that it cannot be the next one's.</summary>
    private static void Remove(string path, FileStream file)
    {
        if (OperatingSystem.IsWindows())
        {
            // There nobody can remove what is open, neither we nor who would take the next one's.
            file.Dispose();
            try
            {
                File.Delete(path);
            }
            catch (IOException)
            {
                // The next one's.
            }

            return;
        }

        try
        {
            File.Delete(path);
        }
        finally
        {
            file.Dispose();
        }
    }

    /// <summary>Linux tells it of an open file; elsewhere the moment is as short, and nobody looks.</summary>
    private static bool IsRemoved(FileStream file) => OperatingSystem.IsLinux()
        && new FileInfo($"/proc/self/fd/{file.SafeFileHandle.DangerousGetHandle()}").LinkTarget?.EndsWith(" (deleted)", StringComparison.Ordinal) == true;

    private static FileStream Open(string path, FileMode mode) => new(path, mode, FileAccess.ReadWrite, FileShare.None);

    /// <summary>Where there are no locks .NET says nothing, and opens the file. What a second stream of ours meets another process's would meet.</summary>
    private static bool KeepsOthersOut(string path)
    {
        try
        {
            Open(path, FileMode.Open).Dispose();
            return false;
        }
        catch (IOException held) when (IsHeld(held))
        {
            return true;
        }
    }

    /// <summary>ERROR_SHARING_VIOLATION, and on Unix the error number of flock, which is EWOULDBLOCK. Any other says nothing of a holder.</summary>
    private static bool IsHeld(IOException e) => e.HResult == (OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11);

    private static string Holder(string path)
    {
        try
        {
            return int.Parse(File.ReadAllText(path), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture)
                .ToString(CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or FormatException or OverflowException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
