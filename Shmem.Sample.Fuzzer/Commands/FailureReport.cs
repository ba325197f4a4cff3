using Shmem.Actors.Workers;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>Says in one line that the program failed, with the details in a file.</summary>
internal static class FailureReport
{
    private const string LogKey = "shmem.log";
    private const string Failed = "failed: ";

    /// <summary>After <c>Process.Kill</c> of itself: SIGKILL, or the -1 that .NET gives TerminateProcess.</summary>
    private static readonly int OwnKill = OperatingSystem.IsWindows() ? -1 : 128 + 9;

    /// <summary>Notes on the exception that its details were logged to <paramref name="path"/>.</summary>
    public static void LoggedTo(Exception exception, string path) => exception.Data[LogKey] = path;

    /// <summary>One line, with the name of the file that holds the details; it is written now unless <see cref="LoggedTo"/> named one.</summary>
    public static string Describe(Exception exception)
    {
        var inner = exception is AggregateException { InnerExceptions: [var only] } ? only : exception;
        var path = exception.Data[LogKey] as string ?? inner.Data[LogKey] as string ?? Write(exception);
        return $"{Failed}{inner.GetType().Name}: {inner.Message.TrimEnd('.')}{(path is null ? "" : $". Details in {path}")}";
    }

    /// <summary>All of it, for a reader who has no use for files.</summary>
    public static string DescribeWhole(Exception exception) => $"{Failed}{exception}";

    /// <summary>The last line that a process of ours has written, where that says that it failed; else null.</summary>
    private static string? In(string stderr)
    {
        var words = stderr.AsSpan().TrimEnd();
        var last = words[(words.LastIndexOf('\n') + 1)..];
        return last.StartsWith($"{CommandLine.Program}: {Failed}", StringComparison.Ordinal) ? last.ToString() : null;
    }

    /// <summary>The same of a process of ours that has ended by itself, by its code or by its own kill; null where it ended in another way. A target may end so, too, but says nothing of us.</summary>
    public static string? Of(WorkerExit exit) => exit.KilledFor is null && (exit.ExitCode == ExitCodes.Failed || exit.ExitCode == OwnKill) ? In(exit.Stderr) : null;

    private static string? Write(Exception exception)
    {
        var path = Path.Combine(Path.GetTempPath(), $"shmem-fuzz-{Environment.ProcessId}-{Guid.NewGuid():N}.log");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using var file = new StreamWriter(path, System.Text.Encoding.UTF8, options);
            file.WriteLine(exception);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
