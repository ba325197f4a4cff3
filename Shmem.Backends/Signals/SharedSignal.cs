namespace Shmem.Backends.Signals;

/// <summary>
/// A word in shared memory that processes wait on until another says that something has changed. It counts: who remembers the <see cref="Version"/> before it looks at
/// the shared state misses no change after it.
/// </summary>
/// <remarks>
/// <para>
/// Four zero bytes are a signal at version 0, so there is nothing to lay out. Bit 0 says that somebody may be asleep, bits 1–31 are the version, which
/// begins again after 2^31 notifications. The segment must be open for writing, also by who only waits.
/// </para>
/// <para>
/// On Linux the word is a futex, and a wait ends some microseconds after <see cref="Notify"/>. On Windows it is a named event beside the word. Elsewhere a wait looks at the word
/// once per millisecond. A process killed between counting and waking delays those who wait by at most 100 ms.
/// </para>
/// <para>
/// The members may be used by any number of threads and processes; <see cref="Dispose"/> only when none of this process uses it any more. Only a wait that sleeps calls the system,
/// and a notification only when somebody may be asleep; neither allocates, but a wait for the registration of a token that can be cancelled.
/// </para>
/// <para>
/// <code>
/// // In the first process:
/// using var signal = new SharedSignal(segment, 0);
/// segment.Ref&lt;long&gt;(64) = 1;
/// signal.Notify();
///
/// // In the second process:
/// using var signal = new SharedSignal(segment, 0);
/// for (var seen = signal.Version; segment.Ref&lt;long&gt;(64) == 0; seen = signal.Version)
///     signal.Wait(seen, Timeout.InfiniteTimeSpan);
/// </code>
/// </para>
/// </remarks>
public sealed unsafe class SharedSignal : IDisposable
{
    /// <summary>Bytes of a signal.</summary>
    public const int Size = 4;

    internal const uint SomebodySleeps = 1;

    /// <summary>The longest sleep at once: what a wake that was never sent, as its sender was killed before, may cost.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    private readonly ShMemLease _lease;
    private readonly long _offset;
    private readonly WordWait _wait;

    /// <summary>A signal at an offset of a segment.</summary>
    /// <param name="segment">The segment, open for writing. The caller keeps and disposes it; the signal holds a lease on it.</param>
    /// <param name="offset">Bytes from the start, a multiple of 4. Words that are written often stand best in 64 bytes of their own.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the segment, or is not aligned.</exception>
    public SharedSignal(ShMem segment, long offset) : this(segment, offset, null)
    {
    }

    internal SharedSignal(ShMem segment, long offset, WordWait? wait)
    {
        ArgumentNullException.ThrowIfNull(segment);
        // SAFETY: in range and aligned, as Ref checks; the lease keeps the mapping.
        _ = segment.Ref<uint>(offset);
        _lease = segment.Lease();
        _offset = offset;
        _wait = wait ?? WordWait.For(segment, offset);
    }

    /// <summary>How often it was notified, modulo 2^31. Reading it is an acquiring read.</summary>
    /// <exception cref="ObjectDisposedException">The signal is disposed.</exception>
    public uint Version => Volatile.Read(ref *Word) >> 1;

    /// <summary>Counts, and wakes everyone who waits. What was written before is seen by whoever sees the new version.</summary>
    /// <exception cref="ObjectDisposedException">The signal is disposed.</exception>
    public void Notify() => Notify<NoProbe<SignalStep>>();

    internal void Notify<TProbe>() where TProbe : struct, IProbe<SignalStep>
    {
        var before = Interlocked.Add(ref *Word, 2) - 2;
        TProbe.Reached(SignalStep.Counted);
        if ((before & SomebodySleeps) != 0) WakeAll();
    }

    /// <summary>Waits until the version is another than the one that was seen.</summary>
    /// <param name="seen">A <see cref="Version"/>, read before looking at whatever is waited for.</param>
    /// <param name="limit">How long at most, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time limit is over and the version is still the same.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time limit is negative.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The signal is disposed.</exception>
    public bool Wait(uint seen, TimeSpan limit, CancellationToken cancellation = default) => Wait<NoProbe<SignalStep>>(seen, limit, cancellation);

    internal bool Wait<TProbe>(uint seen, TimeSpan limit, CancellationToken cancellation = default) where TProbe : struct, IProbe<SignalStep>
    {
        var deadline = new Deadline(limit);
        if (Version != seen) return true;
        // Cancelling wakes everyone; the others find the version unchanged and sleep on.
        using var registration = cancellation.UnsafeRegister(static signal => ((SharedSignal)signal!).WakeAll(), this);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            // Who notifies after this sees the mark, and changes the word: either the sleep does not begin, or it is ended.
            var word = Interlocked.Or(ref *Word, SomebodySleeps) | SomebodySleeps;
            TProbe.Reached(SignalStep.Marked);
            if (word >> 1 != seen) return true;
            var slice = deadline.Left(Slice);
            if (slice == TimeSpan.Zero) return false;
            _wait.Wait(Word, word, slice);
        }
    }

    /// <summary>Lets the segment go. No thread of this process may be using it.</summary>
    public void Dispose()
    {
        _wait.Dispose();
        _lease.Dispose();
    }

    /// <summary>Asked of the lease each time: it refuses where the mapping may be gone.</summary>
    private uint* Word => (uint*)(_lease.Pointer + _offset);

    /// <summary>The mark goes first: who is on its way to sleep finds another value of the word, and comes back.</summary>
    private void WakeAll()
    {
        Interlocked.And(ref *Word, ~SomebodySleeps);
        _wait.Wake(Word, int.MaxValue);
    }
}
