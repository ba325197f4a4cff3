using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Shmem.Tests.EndToEnd;

/// <summary>The fuzzer, started as a user starts it, in a folder of its own.</summary>
internal sealed class FuzzerProcess : IDisposable
{
    /// <summary>Only to end a test that would wait for ever, as is the limit -V that campaigns of tests have: nothing is measured by it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _outputEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _errorEnd = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FuzzerProcess(ProcessStartInfo start)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Take(_output, line.Data, _outputEnd);
        _process.ErrorDataReceived += (_, line) => Take(_error, line.Data, _errorEnd);
        _process.Exited += (_, _) => _ended.TrySetResult();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The program as it was built beside the tests.</summary>
    public static string Program { get; } = Path.Combine(Repository.Root, "Shmem.Sample.Fuzzer", "bin",
        Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)))!,
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "shmem-fuzz.dll");

    public int Pid => _process.Id;

    public bool HasEnded => _ended.Task.IsCompleted;

    public string Output => Text(_output);

    public string Error => Text(_error);

    public static FuzzerProcess Start(string workingFolder, params string[] arguments) => StartOn("", workingFolder, arguments);

    /// <summary>Starts it on a backend; empty for the one that it chooses.</summary>
    public static FuzzerProcess StartOn(string backend, string workingFolder, params IEnumerable<string> arguments) =>
        StartUnder([], backend, workingFolder, arguments);

    /// <summary>Starts it by a command that starts the command which follows it.</summary>
    public static FuzzerProcess StartUnder(string[] wrapper, string backend, string workingFolder, params IEnumerable<string> arguments)
    {
        string[] command = [.. wrapper, "dotnet", "exec", Program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = workingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A cache and a run-time folder of the tests' own: what a test run leaves is not the user's business.
        start.Environment["SHMEM_CACHE_DIR"] = Path.Combine(workingFolder, "cache");
        start.Environment["SHMEM_RUNTIME_DIR"] = Path.Combine(workingFolder, "run");
        start.Environment["SHMEM_BACKEND"] = backend;
        start.Environment.Remove(QuietRuntime.Variable);
        return new FuzzerProcess(start);
    }

    /// <summary>Runs to the end.</summary>
    public static async Task<FuzzerProcess> RunAsync(string workingFolder, params IEnumerable<string> arguments)
    {
        var fuzzer = StartOn("", workingFolder, arguments);
        await fuzzer.EndAsync().ConfigureAwait(false);
        return fuzzer;
    }

    /// <summary>Waits for the end and for the last line of output.</summary>
    public async Task<int> EndAsync()
    {
        await _ended.Task.WaitAsync(Limit).ConfigureAwait(false);
        // Exited is raised before the last lines have come, and WaitForExit with a limit does not wait for them either.
        await Task.WhenAll(_outputEnd.Task, _errorEnd.Task).WaitAsync(Limit).ConfigureAwait(false);
        return _process.ExitCode;
    }

    /// <summary>Waits until the newest status line satisfies the condition.</summary>
    public async Task<IReadOnlyDictionary<string, string>> UntilAsync(Func<IReadOnlyDictionary<string, string>, bool> condition)
    {
        var deadline = Stopwatch.StartNew();
        while (true)
        {
            var line = Output.Split('\n').LastOrDefault(l => l.StartsWith("time=", StringComparison.Ordinal));
            if (line is not null && Fields(line) is var fields && condition(fields)) return fields;
            if (_ended.Task.IsCompleted || deadline.Elapsed > Limit)
                throw new InvalidOperationException($"It did not come to that. Output:\n{Output}\nError:\n{Error}");
            await Task.WhenAny(_ended.Task, Task.Delay(50)).ConfigureAwait(false);
        }
    }

    /// <summary>What a <c>replay</c> has said of each file: its first line, which is the finding's key where it is one.</summary>
    public IReadOnlyDictionary<string, string> Replayed(params IEnumerable<string> files)
    {
        var lines = Output.Split('\n');
        return files.ToDictionary(file => file, file => lines[Array.FindIndex(lines, line => line.Contains(Path.GetFileName(file), StringComparison.Ordinal)) + 1].Trim());
    }

    /// <summary>The pids of its workers and other children, with all that they started.</summary>
    public IReadOnlyList<int> Children() => ProcessTree.DescendantsOf(Pid);

    /// <summary>Stops the fuzzer. When this ends, none of its threads can start a process any more.</summary>
    public async Task Stop()
    {
        await Signal("STOP").ConfigureAwait(false);
        await Waiting.Until(() => ProcessTree.IsStopped(Pid), Limit, "the fuzzer is stopped").ConfigureAwait(false);
    }

    public Task Signal(string name) => Tool.Run("kill", $"-{name}", Pid.ToString(CultureInfo.InvariantCulture));

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    /// <summary>What a status line says.</summary>
    public static Dictionary<string, string> Fields(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(field => field.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>The end comes as null.</summary>
    private static void Take(StringBuilder text, string? line, TaskCompletionSource end)
    {
        if (line is null)
        {
            end.TrySetResult();
            return;
        }

        lock (text) text.Append(line).Append('\n');
    }

    private static string Text(StringBuilder text)
    {
        lock (text) return text.ToString();
    }
}
