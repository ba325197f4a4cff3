using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>Where a service's clients come from: a Unix socket, or a named pipe of Windows. All but <see cref="Stop"/> is for one thread.</summary>
internal abstract class ServiceListener : IDisposable
{
    /// <summary>What <see cref="Wait"/> calls the wish that the service stops. It stays ready.</summary>
    public abstract int StopNumber { get; }

    /// <summary>What <see cref="Wait"/> calls a client that wants to connect.</summary>
    public abstract int Number { get; }

    /// <summary>Starts to listen, unless a living service has the name. What a dead one left is replaced.</summary>
    /// <param name="folder">The run-time folder; Windows has none.</param>
    /// <param name="service">The service's name.</param>
    /// <param name="patience">The longest wait for another process that is just starting or stopping a service.</param>
    /// <returns>Null where a living service has the name.</returns>
    /// <exception cref="ShMemException">It cannot be.</exception>
    public static ServiceListener? TryStart(RuntimeFolder? folder, string service, TimeSpan patience) => OperatingSystem.IsWindows()
        ? Pipes.PipeListener.TryCreate(service, patience)
        : ServiceSocket.TryBind(folder!, service, patience);

    /// <summary>Waits as poll(2) does, for the numbers of this listener, of its channels and, on Unix, of any descriptor.</summary>
    /// <param name="entries">What is waited for; what is ready is marked. It may be nothing, before the time too.</param>
    /// <param name="milliseconds">The longest wait; -1 for ever.</param>
    public abstract void Wait(Span<PollEntry> entries, int milliseconds);

    /// <summary>Takes a client that wants to connect.</summary>
    /// <param name="refused">Why it must be refused, by what is returned.</param>
    /// <param name="exhausted">True where nobody can be taken for a moment.</param>
    /// <returns>Null where it has gone again, or could not be taken.</returns>
    public abstract ClientChannel? Accept(out ShMemException? refused, out bool exhausted);

    /// <summary>Makes <see cref="Wait"/> return with the stop ready. Any thread may call it.</summary>
    public abstract void Stop();

    /// <summary>Keeps others from asking whether we live while we end: they would wait for an answer.</summary>
    /// <returns>Null where nobody need be kept from it, or cannot be.</returns>
    public virtual IDisposable? TryLock() => null;

    public abstract void Dispose();
}
