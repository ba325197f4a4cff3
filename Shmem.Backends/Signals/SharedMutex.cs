using System.Diagnostics;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Signals;

/// <summary>A mutex in shared memory that survives its owner's <c>kill -9</c>: the next owner is told.</summary>
/// <remarks>
/// <para>
/// Layout: 0 state (8): 0 when free, else the owner's <see cref="Incarnation"/> (pid and kernel start time), whose flag says that somebody may be asleep; 8 the namespace in which
/// pids mean something (8), stored by who comes first. Sixteen zero bytes are a free mutex.
/// </para>
/// <para>
/// Every change is one compare-and-swap on the state, so a death at any step leaves it free or owned by a dead process. Who waits looks every 50 ms whether the
/// operating system says that the owner has ended (a stopped one has not) and then takes its place; a death between freeing it and waking the next costs at most these 50 ms.
/// </para>
/// <para>
/// It is owned by the process: not recursive, and any thread may leave it. The members may be used by any thread; entering a free mutex and leaving one that nobody waits for is an atomic
/// operation each, with no system call and no allocation. The segment must be open for writing. All processes must be of one pid namespace: others are refused.
/// </para>
/// </remarks>
public sealed unsafe class SharedMutex : IDisposable
{
    /// <summary>Bytes of a mutex.</summary>
    public const int Size = 16;

    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private readonly ShMemLease _lease;
    private readonly long _offset;
    private readonly WordWait _wait;
    private readonly ulong _self = Incarnation.Self.Word;

    /// <summary>A mutex at an offset of a segment.</summary>
    /// <param name="segment">The segment, open for writing. The caller keeps and disposes it; the mutex holds a lease on it.</param>
    /// <param name="offset">Bytes from the start, a multiple of 8. It stands best in 64 bytes of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie within the segment, or is not aligned.</exception>
    /// <exception cref="ShMemException">The mutex belongs to processes of another pid namespace.</exception>
    public SharedMutex(ShMem segment, long offset) : this(segment, offset, null)
    {
    }

    internal SharedMutex(ShMem segment, long offset, WordWait? wait)
    {
        ArgumentNullException.ThrowIfNull(segment);
        // SAFETY: in range and aligned, as Ref checks; the lease keeps the mapping.
        _ = segment.Ref<ulong>(offset);
        ref var space = ref segment.Ref<ulong>(offset + sizeof(ulong));
        PidNamespace.Check(ref space, segment, "use a mutex of");
        _lease = segment.Lease();
        _offset = offset;
        _wait = wait ?? WordWait.For(segment, offset);
    }

    /// <summary>Waits for as long as it takes.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns><see cref="MutexEntry.Entered"/> or <see cref="MutexEntry.Abandoned"/>.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled; the mutex was not entered.</exception>
    /// <exception cref="ObjectDisposedException">The mutex is disposed.</exception>
    public MutexEntry Enter(CancellationToken cancellation = default) => Enter<NoProbe<SignalStep>>(Timeout.InfiniteTimeSpan, cancellation);

    /// <summary>Waits for at most so long; <see cref="TimeSpan.Zero"/> takes it only if it is free or its owner is dead.</summary>
    /// <param name="limit">How long at most, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether it was entered, and whether the last owner died inside.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time limit is negative.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the mutex was not entered.</exception>
    /// <exception cref="ObjectDisposedException">The mutex is disposed.</exception>
    public MutexEntry Enter(TimeSpan limit, CancellationToken cancellation = default) => Enter<NoProbe<SignalStep>>(limit, cancellation);

    internal MutexEntry Enter<TProbe>(TimeSpan limit, CancellationToken cancellation = default) where TProbe : struct, IProbe<SignalStep>
    {
        Deadline.Check(limit);
        cancellation.ThrowIfCancellationRequested();
        return TryTake<TProbe>(0, mark: 0) ? MutexEntry.Entered : EnterSlowly<TProbe>(new Deadline(limit), cancellation);
    }

    /// <summary>Leaves it, and wakes one who waits.</summary>
    /// <exception cref="SynchronizationLockException">This process does not own it. Nothing is changed.</exception>
    /// <exception cref="ObjectDisposedException">The mutex is disposed.</exception>
    public void Exit() => Exit<NoProbe<SignalStep>>();

    internal void Exit<TProbe>() where TProbe : struct, IProbe<SignalStep>
    {
        if ((Volatile.Read(ref *State) & ~Incarnation.Flag) != _self) throw new SynchronizationLockException("This process does not own the mutex.");
        // While we live others only set and clear the flag.
        var before = Interlocked.Exchange(ref *State, 0);
        TProbe.Reached(SignalStep.Freed);
        if ((before & Incarnation.Flag) != 0) _wait.Wake(Low, 1);
    }

    /// <summary>Lets the segment go; does not leave the mutex. No thread of this process may be using it.</summary>
    public void Dispose()
    {
        _wait.Dispose();
        _lease.Dispose();
    }

    /// <summary>Asked of the lease each time: it refuses where the mapping may be gone.</summary>
    private ulong* State => (ulong*)(_lease.Pointer + _offset);

    /// <summary>The half of the state that is slept on: pid and flag. All machines that .NET runs on have it first.</summary>
    private uint* Low => (uint*)State;

    private MutexEntry EnterSlowly<TProbe>(Deadline deadline, CancellationToken cancellation) where TProbe : struct, IProbe<SignalStep>
    {
        using var registration = cancellation.UnsafeRegister(static mutex => ((SharedMutex)mutex!).WakeAll(), this);
        // Who has slept does not know who else sleeps: it keeps the mark, and its exit wakes the next.
        var mark = 0UL;
        var (owner, ownerSince) = (0UL, 0L);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var state = Volatile.Read(ref *State);
            if (state == 0)
            {
                if (TryTake<TProbe>(0, mark)) return MutexEntry.Entered;
                continue;
            }

            if (owner != (state & ~Incarnation.Flag)) (owner, ownerSince) = (state & ~Incarnation.Flag, Stopwatch.GetTimestamp());
            var slice = deadline.Left(Slice);
            // Not for each short wait, since asking reads a file.
            if (slice == TimeSpan.Zero || Stopwatch.GetElapsedTime(ownerSince) >= Slice)
            {
                if (Incarnation.Of(state).IsGone())
                {
                    // The state is still that of the dead one, or another has taken its place already.
                    if (TryTake<TProbe>(state, Incarnation.Flag)) return MutexEntry.Abandoned;
                    continue;
                }

                ownerSince = Stopwatch.GetTimestamp();
            }

            if (slice == TimeSpan.Zero) return MutexEntry.TimedOut;
            if (!TryMark(state)) continue;
            mark = Incarnation.Flag;
            TProbe.Reached(SignalStep.Marked);
            _wait.Wait(Low, (uint)(state | Incarnation.Flag), slice);
        }
    }

    /// <summary>Takes it if the state is still the one seen: free, or owned by a dead process.</summary>
    private bool TryTake<TProbe>(ulong seen, ulong mark) where TProbe : struct, IProbe<SignalStep>
    {
        if (Interlocked.CompareExchange(ref *State, _self | mark, seen) != seen) return false;
        TProbe.Reached(SignalStep.Owned);
        return true;
    }

    /// <summary>Has the owner know that somebody may be asleep.</summary>
    private bool TryMark(ulong seen) => (seen & Incarnation.Flag) != 0 || Interlocked.CompareExchange(ref *State, seen | Incarnation.Flag, seen) == seen;

    /// <summary>For a wait that is cancelled: those who go on waiting set the mark again.</summary>
    private void WakeAll()
    {
        var state = Volatile.Read(ref *State);
        if ((state & Incarnation.Flag) != 0) Interlocked.CompareExchange(ref *State, state & ~Incarnation.Flag, state);
        _wait.Wake(Low, int.MaxValue);
    }
}
