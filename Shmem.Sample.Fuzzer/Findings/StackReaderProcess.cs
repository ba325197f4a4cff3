using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>Runs <see cref="StackReader"/> as a process of its own with a time limit, and ends it at the limit.</summary>
internal static class StackReaderProcess
{
    private const string Executable = "shmem-fuzz";

    /// <summary>Few moments may all catch the loop in the same callee; its key would then differ from that of the next run.</summary>
    private const int DefaultSamples = 10;

    /// <summary>It ends within milliseconds once its runtime has started. One that is stuck is killed.</summary>
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(3);

    private const int MaxLines = 4096;
    private const int MaxLine = 256 * 1024;

    /// <summary>
    /// The stacks of the thread that runs the target in this process. Never throws for what the process or the helper does; a reading
    /// that met the limit after some moments gives those. <paramref name="cancel"/> ends the helper too.
    /// </summary>
    public static async Task<StackReading> ReadAsync(
        int pid, TimeSpan limit, ITargetNames names, CancellationToken cancel, int samples = DefaultSamples, int millisecondsBetween = 10)
    {
        using var process = new Process { StartInfo = Start(pid, samples, millisecondsBetween), EnableRaisingEvents = true };
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => ended.TrySetResult();
        var taken = new List<StackSample>();
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            return StackReading.Failed(StackFailure.HelperFailed, e.Message);
        }

        // Its input stays open: by that it ends with this process, which alone knows its limit.
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(limit);
        try
        {
            await ReadLinesAsync(process.StandardOutput, taken, timer.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            if (taken.Count == 0)
                return StackReading.Failed(StackFailure.TimedOut, $"no stack within {limit.TotalMilliseconds:0} ms");
        }
        finally
        {
            await EndAsync(process, ended.Task).ConfigureAwait(false);
        }

        if (taken.Find(sample => sample.Failure is not null) is { Failure: { } failure } failed && !taken.Exists(sample => sample.Failure is null))
            return StackReading.Failed(failure, failed.Reason ?? "");
        if (taken.Count == 0)
            return StackReading.Failed(StackFailure.HelperFailed, "the helper said nothing");
        var stacks = HungThread.Choose(taken.Where(sample => sample.Failure is null), names);
        return stacks is null
            ? StackReading.Failed(StackFailure.NoTargetThread, $"no thread of process {pid} runs the target")
            : new StackReading(stacks);
    }

    private static async Task ReadLinesAsync(StreamReader output, List<StackSample> taken, CancellationToken cancel)
    {
        while (taken.Count < MaxLines && await output.ReadLineAsync(cancel).ConfigureAwait(false) is { } line)
        {
            if (line.Length > MaxLine)
                continue;
            try
            {
                if (JsonSerializer.Deserialize(line, FindingJsonContext.Default.StackSample) is { } sample)
                    taken.Add(sample);
            }
            catch (JsonException)
            {
                // Not a sample: the debugging library may print, and a killed helper leaves half a line.
            }
        }
    }

    internal static ProcessStartInfo Start(int pid, int samples, int millisecondsBetween)
    {
        string[] command = ["stacks", $"{pid}", $"{samples}", $"{millisecondsBetween}"];
        var own = Environment.ProcessPath;
        var info = Path.GetFileNameWithoutExtension(own) == Executable
            ? new ProcessStartInfo(own!, command)
            : new ProcessStartInfo(
                Path.GetFileNameWithoutExtension(own) == "dotnet" ? own! : "dotnet",
                [Path.Combine(AppContext.BaseDirectory, $"{Executable}.dll"), .. command]);
        // A killed process would leave its runtime's sockets in /tmp.
        info.Environment["DOTNET_EnableDiagnostics"] = "0";
        info.RedirectStandardInput = true;
        info.RedirectStandardOutput = true;
        info.RedirectStandardError = true;
        return info;
    }

    /// <summary>At the end of its input it ends by itself, and not while it attaches, which would leave the other process stopped.</summary>
    private static async Task EndAsync(Process process, Task ended)
    {
        try
        {
            process.StandardInput.Close();
            await ended.WaitAsync(EndsWithin).ConfigureAwait(false);
        }
        catch (Exception stuck) when (stuck is TimeoutException or IOException)
        {
            Kill(process);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }
    }
}
