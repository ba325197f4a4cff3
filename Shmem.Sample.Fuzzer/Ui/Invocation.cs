namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>How this program was started, so that the commands it prints can be typed as they stand.</summary>
/// <param name="Command">What to type before the arguments.</param>
internal sealed record Invocation(string Command)
{
    /// <summary>Of this process.</summary>
    public static Invocation Current { get; } =
        Of(Environment.ProcessPath!, AppContext.BaseDirectory, Environment.CurrentDirectory, Environment.GetEnvironmentVariable("PATH") ?? "");

    /// <summary>The shortest command that starts the same program: its name when it is on the path, <c>dotnet run</c> when it lies in its
    /// project's output, else its file.</summary>
    internal static Invocation Of(string processPath, string programFolder, string workingFolder, string searchPath)
    {
        var folder = Path.TrimEndingDirectorySeparator(programFolder);
        var viaHost = Path.GetFileNameWithoutExtension(processPath) is "dotnet";
        if (!viaHost && searchPath.Split(Path.PathSeparator).Contains(folder))
            return new("shmem-fuzz");
        if (Project(folder) is { } project)
            return new($"dotnet run -c {Path.GetFileName(Path.GetDirectoryName(folder))} --project {Quote(Shortest(project, workingFolder))} --");
        return viaHost
            ? new($"dotnet {Quote(Shortest(Path.Combine(folder, "shmem-fuzz.dll"), workingFolder))}")
            : new(Quote(Local(Shortest(processPath, workingFolder))));
    }

    /// <summary>The command that replays a saved input.</summary>
    public string Replay(string file) => $"{Command} replay {Quote(Shortest(file, Environment.CurrentDirectory))}";

    /// <summary>Relative when it lies below <paramref name="workingFolder"/>.</summary>
    internal static string Shortest(string path, string workingFolder)
    {
        var relative = Path.GetRelativePath(workingFolder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }

    /// <summary>For a POSIX shell, or as Windows' shells take it; unchanged where nothing needs it.</summary>
    internal static string Quote(string text)
    {
        if (text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || "/\\._-+:,=@%".Contains(c)))
            return text;
        return OperatingSystem.IsWindows() ? $"\"{text}\"" : $"'{text.Replace("'", "'\\''")}'";
    }

    // A shell looks a bare name up on the path, not here.
    private static string Local(string path) => Path.GetFileName(path) == path ? Path.Combine(".", path) : path;

    // PROJECT/bin/CONFIGURATION/FRAMEWORK
    private static string? Project(string folder)
    {
        var bin = Path.GetDirectoryName(Path.GetDirectoryName(folder));
        var project = Path.GetDirectoryName(bin);
        return Path.GetFileName(bin) == "bin" && File.Exists(Path.Combine(project!, "Shmem.Sample.Fuzzer.csproj")) ? project : null;
    }
}
