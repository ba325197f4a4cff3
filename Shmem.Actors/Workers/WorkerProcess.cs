using System.ComponentModel;
using System.Diagnostics;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// A process that we started and told everything by its standard input. That pipe stays open for our life: its end tells the process that we
/// are gone. The process may be a worker that joins, or one that is started to run something again by itself.
/// </summary>
/// <remarks>All members may be used from any thread.</remarks>
public sealed class WorkerProcess : IDisposable
{
    /// <summary>The most bytes of standard error that are kept: 1 MiB.</summary>
    public const int LargestStderr = 1 << 20;

    // A grandchild may hold a copy of the pipe and keep it open for ever.
    private static readonly TimeSpan LateOutput = TimeSpan.FromMilliseconds(200);

    private readonly Process _process;
    private readonly WorkerRegister? _register;
    private readonly Stream _stdin;
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private bool _isGone;
    private (WorkerExitCause Cause, string Reason)? _killed;

    private WorkerProcess(WorkerLaunch launch, WorkerBootstrap bootstrap)
    {
        var told = bootstrap.Encode();
        _process = new Process { StartInfo = StartInfo(launch), EnableRaisingEvents = true };
        _process.Exited += (_, _) => _gone.TrySetResult();
        _register = launch.Register;
        var isStarted = false;
        try
        {
            isStarted = _process.Start();
            // One that is not known by its start time could never join, nor be recorded.
            Holder = HolderId.Of(bootstrap.ProcessNumber, _process.Id);
            // Before it is told anything: whom a broker that is killed right here leaves unrecorded knows of no segment and has loaded nothing.
            _register?.Enter(Holder);
        }
        catch
        {
            if (isStarted) _process.Kill();
            _process.Dispose();
            throw;
        }

        _stdin = _process.StandardInput.BaseStream;
        Exit = FollowAsync(told);
    }

    /// <summary>The process as the holder of leases: its number, pid and kernel start time.</summary>
    public HolderId Holder { get; }

    /// <summary>
    /// Ends when the operating system has said that the process is gone, and at most 200 ms later than that. What the process itself started is
    /// killed by then. Never fails.
    /// </summary>
    public Task<WorkerExit> Exit { get; }

    /// <summary>Starts a process. It ends when this process does, or by <see cref="Kill"/>.</summary>
    /// <param name="launch">The program and its settings.</param>
    /// <param name="bootstrap">What it is told.</param>
    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    /// <exception cref="ShMemException">It cannot be recorded in <see cref="WorkerLaunch.Register"/>, or told from later ones with its pid; it was ended.</exception>
    /// <exception cref="ArgumentException">The bootstrap is larger than <see cref="WorkerBootstrap.LargestSize"/>.</exception>
    public static WorkerProcess Start(WorkerLaunch launch, WorkerBootstrap bootstrap)
    {
        ArgumentNullException.ThrowIfNull(launch);
        ArgumentNullException.ThrowIfNull(bootstrap);
        return new WorkerProcess(launch, bootstrap);
    }

    /// <summary>Kills the process and everything that it started, also a stopped or hung one. Does nothing once it is gone.</summary>
    /// <param name="reason">Why; the first reason given stands in <see cref="WorkerExit.KilledFor"/>.</param>
    /// <param name="isTimeOut">True where it took longer than it may: with the first reason, the cause is <see cref="WorkerExitCause.TimedOut"/>.</param>
    public void Kill(string reason, bool isTimeOut = false)
    {
        lock (_lock)
        {
            if (_isGone) return;
            _killed ??= (isTimeOut ? WorkerExitCause.TimedOut : WorkerExitCause.Killed, reason);
            if (OperatingSystem.IsWindows()) ProcessGroup.Kill(_process);
            // The pid is our child's until the runtime has waited for it, which HasExited tells. A look at the process would take a descriptor, and nobody kills twice.
            else if (!_process.HasExited) ProcessGroup.KillLeader(Holder.Pid);
        }
    }

    /// <summary>Kills the process if it still runs. What belongs to it is freed when it is gone.</summary>
    public void Dispose() => Kill("no longer wanted");

    private static ProcessStartInfo StartInfo(WorkerLaunch launch)
    {
        var start = new ProcessStartInfo(launch.Command.FileName)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in launch.Command.Arguments) start.ArgumentList.Add(argument);
        foreach (var (name, value) in launch.Environment()) start.Environment[name] = value;
        return start;
    }

    private async Task<WorkerExit> FollowAsync(byte[] told)
    {
        var stderr = new OutputCapture(LargestStderr);
        using var late = new CancellationTokenSource();
        var pumps = Task.WhenAll(
            TellAsync(told, late.Token),
            PumpAsync(_process.StandardError.BaseStream, stderr, late.Token),
            PumpAsync(_process.StandardOutput.BaseStream, null, late.Token));
        await _gone.Task.ConfigureAwait(false);
        // Not where Exited is raised: that is within a lock of the Process object's, which a look at HasExited takes, too.
        lock (_lock) _isGone = true;
        if (!OperatingSystem.IsWindows()) ProcessGroup.KillOrphans(Holder.Pid);
        _register?.Leave(Holder);
        late.CancelAfter(LateOutput);
        await pumps.ConfigureAwait(false);
        var code = _process.ExitCode;
        await _stdin.DisposeAsync().ConfigureAwait(false);
        _process.Dispose();
        // It may have died by itself just before it was killed.
        var exit = new WorkerExit(code, WorkerExitCause.Own, null, stderr.ToString());
        var canBeOurs = OperatingSystem.IsWindows() || exit.Signal == LibcProcess.SIGKILL;
        return _killed is var (cause, reason) && canBeOurs ? exit with { Cause = cause, KilledFor = reason } : exit;
    }

    private async Task TellAsync(byte[] told, CancellationToken late)
    {
        try
        {
            await _stdin.WriteAsync(told, late).ConfigureAwait(false);
            await _stdin.FlushAsync(late).ConfigureAwait(false);
        }
        catch (Exception unread) when (unread is IOException or OperationCanceledException)
        {
            // It died, or closed its end; its exit says so.
        }
    }

    /// <summary>Reads to the end, or until <paramref name="late"/>; without a capture the bytes are dropped. Owns the stream.</summary>
    private static async Task PumpAsync(Stream source, OutputCapture? capture, CancellationToken late)
    {
        await using var owned = source.ConfigureAwait(false);
        var buffer = new byte[4096];
        try
        {
            while (await source.ReadAsync(buffer, late).ConfigureAwait(false) is var read and > 0) capture?.Append(buffer.AsSpan(0, read));
        }
        catch (Exception ended) when (ended is IOException or OperationCanceledException)
        {
            // What was read until now is what there is.
        }
    }
}
