using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Win32;

namespace Shmem.Backends.Service.Pipes;

/// <summary>
/// The pipe of a service. One instance waits for the next client; the others are connections. Of two starts in a session one gets the mutex, and of two in two
/// sessions one makes the pipe's first instance (which Wine would let both). A dead service leaves neither.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class PipeListener : ServiceListener
{
    /// <summary>Bytes that may be on their way in each direction: a request or an answer has a sixteenth.</summary>
    private const int Room = 16 * FrameWriter.Largest;

    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);

    private readonly string _name;
    private readonly Mutex _mutex;
    /// <summary>Something has become ready. Its finalizer closes it.</summary>
    private readonly AutoResetEvent _wake = new(initialState: false);

    private readonly Dictionary<int, PipeChannel> _channels = [];
    private NamedPipeServerStream _waiting;
    private Task<bool> _connecting;
    private int _lastNumber = 1;
    private volatile bool _stopped;

    private PipeListener(string name, Mutex mutex, SafePipeHandle first)
    {
        _name = name;
        _mutex = mutex;
        _waiting = Stream(first);
        _connecting = Connect(_waiting);
    }

    public override int StopNumber => 0;

    public override int Number => 1;

    /// <inheritdoc cref="ServiceListener.TryStart"/>
    public static PipeListener? TryCreate(string service, TimeSpan patience)
    {
        var name = PipeName.Of(service);
        var purpose = $"start service '{service}'";
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            if (TryCreate(name, service, purpose) is { } listener) return listener;
            if (ServiceConnection.IsAlive(name, service, patience)) return null;
            // It is just starting, or has ended but for its last handles.
            if (Stopwatch.GetElapsedTime(start) > patience)
            {
                throw new ShMemException(ShMemError.Os, purpose, $"another process has had its name for {patience.TotalSeconds} s and does not serve",
                    "End it: it is stopped, or stuck in starting a service.");
            }

            Thread.Sleep(Between);
        }
    }

    /// <returns>Null where another has the name.</returns>
    private static PipeListener? TryCreate(string name, string service, string purpose)
    {
        Mutex mutex;
        bool isNew;
        try
        {
            // It is never owned: that it is there says all.
            mutex = new Mutex(initiallyOwned: false, PipeName.MutexOf(service), out isNew);
        }
        catch (UnauthorizedAccessException)
        {
            throw Win32Failure.Of("CreateMutexW", purpose, Win32Error.ACCESS_DENIED);
        }

        var first = isNew ? Kernel32Pipes.Create(name, first: true, Room, UserOnly.Descriptor) : null;
        if (first is { IsInvalid: false }) return new PipeListener(name, mutex, first);
        var error = Marshal.GetLastPInvokeError();
        mutex.Dispose();
        first?.Dispose();
        return first is null || error is Win32Error.ACCESS_DENIED or Win32Error.PIPE_BUSY ? null : throw Win32Failure.Of("CreateNamedPipeW", purpose, error);
    }

    public override void Wait(Span<PollEntry> entries, int milliseconds)
    {
        if (Mark(entries)) return;
        // What became ready since has set the event; it may also be set for what was seen already.
        _wake.WaitOne(milliseconds);
        Mark(entries);
    }

    public override ClientChannel? Accept(out ShMemException? refused, out bool exhausted)
    {
        refused = null;
        exhausted = false;
        var isThere = _connecting.Result;
        var accepted = _waiting;
        // The next one first, so that the pipe always has an instance: its name is ours.
        var next = Kernel32Pipes.Create(_name, first: false, Room, UserOnly.Descriptor);
        if (next.IsInvalid)
        {
            next.Dispose();
            // The one instance goes on waiting; its client meets the end of the connection.
            if (accepted.IsConnected) accepted.Disconnect();
            _connecting = Connect(accepted);
            exhausted = true;
            return null;
        }

        _waiting = Stream(next);
        _connecting = Connect(_waiting);
        if (!isThere || Kernel32Pipes.ClientOf(accepted.SafePipeHandle) is not (> 0 and var pid))
        {
            accepted.Dispose();
            return null;
        }

        var process = Kernel32Processes.OpenForHandles(pid);
        if (process.IsInvalid) refused = Win32Failure.Of("OpenProcess", "serve a connection");
        // While the client is there its pid is no other's.
        else if (!Kernel32Pipes.IsConnected(accepted.SafePipeHandle))
        {
            process.Dispose();
            accepted.Dispose();
            return null;
        }

        var channel = new PipeChannel(accepted, process, pid, ++_lastNumber, _wake, _channels);
        _channels.Add(channel.Number, channel);
        return channel;
    }

    public override void Stop()
    {
        _stopped = true;
        _wake.Set();
    }

    public override void Dispose()
    {
        // Not the event, which the ends of what is under way set still.
        _waiting.Dispose();
        foreach (var channel in _channels.Values.ToArray()) channel.Dispose();
        _mutex.Dispose();
    }

    private static NamedPipeServerStream Stream(SafePipeHandle instance) => new(PipeDirection.InOut, isAsync: true, isConnected: false, instance);

    private Task<bool> Connect(NamedPipeServerStream instance)
    {
        var connecting = ConnectOnce(instance);
        // After its end, not at it: whoever is woken must find it ended.
        connecting.ContinueWith(_ => _wake.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return connecting;
    }

    /// <returns>False where the client has gone again.</returns>
    private static async Task<bool> ConnectOnce(NamedPipeServerStream instance)
    {
        try
        {
            await instance.WaitForConnectionAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return false;
        }
    }

    private bool Mark(Span<PollEntry> entries)
    {
        var any = false;
        foreach (ref var entry in entries)
        {
            var ready = entry.File switch
            {
                0 => _stopped,
                1 => _connecting.IsCompleted,
                _ => _channels.TryGetValue(entry.File, out var channel) && channel.IsReady,
            };
            entry.Ready = ready ? LibcSocket.POLLIN : (short)0;
            any |= ready;
        }

        return any;
    }
}
