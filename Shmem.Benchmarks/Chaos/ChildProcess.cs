using System.Diagnostics;
using System.Text;
using Shmem.Backends.Interop;

namespace Shmem.Benchmarks.Chaos;

/// <summary>A program that was started to work in a <see cref="ChaosFolder"/>. Its lines are handed on; its end is what the system says.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChildProcess(ProcessStartInfo start, Action<string>? hear = null)
    {
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null) hear?.Invoke(line.Data);
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_said) _said.AppendLine(line.Data);
        };
        _process.Exited += (_, _) => _ended.TrySetResult();
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Pid => _process.Id;

    public bool HasEnded => _ended.Task.IsCompleted;

    /// <summary>After the end.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>What it wrote to its standard error.</summary>
    public string Error
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    public void Say(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (IOException)
        {
            // It is dead, or dies; its end says so.
        }
    }

    public void EndInput() => _process.StandardInput.Close();

    public void Signal(int signal) => _ = LibcProcess.Kill(Pid, signal);

    public Task EndAsync(TimeSpan limit) => _ended.Task.WaitAsync(limit);

    public void Dispose()
    {
        if (!HasEnded) _process.Kill();
        _process.Dispose();
    }
}
