using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Mutators;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// Carries a slot's state over its workers' deaths: where its random numbers are, and what it has learnt of each entry. A worker that began anew would first
/// give every entry of the corpus its turn, those whose children kill included, and would die of them again.
/// </summary>
/// <param name="checkpoint">The slot's; the caller disposes it.</param>
/// <param name="segments">Opens segments of states that are larger than the checkpoint's areas.</param>
/// <param name="requestLarger">Asks the broker for one, for an area and of so many bytes. The answer goes to <see cref="Grant"/>.</param>
/// <param name="milliseconds">A clock that never goes back.</param>
internal sealed class SlotState(SlotCheckpoint checkpoint, WorkerSegments segments, Action<int, int> requestLarger, Func<long> milliseconds)
{
    private const long SaveEveryMilliseconds = 200;

    /// <summary>How long the broker has to answer before it is asked again, and before less than what was restored is saved over it.</summary>
    internal const long AnswerMilliseconds = 10_000;

    private static readonly int HeadSize = Unsafe.SizeOf<Rng>();
    private static readonly int EntrySize = Unsafe.SizeOf<SavedEntryState>();

    private readonly ConcurrentQueue<CheckpointSegmentGranted> _granted = new();
    private readonly int[] _requested = new int[2];
    private readonly long[] _askAgainAt = new long[2];
    private byte[] _buffer = [];
    private readonly long _begun = milliseconds();
    private long _savedAt = milliseconds();
    private int _restored;

    /// <summary>Bytes of a checkpoint for so many entries; more go into a segment of their own, or the oldest that many are kept until there is one.</summary>
    public static int SizeFor(int entries) => HeadSize + entries * EntrySize;

    /// <summary>Gives the corpus what the last worker of the slot saved.</summary>
    /// <param name="corpus">The new worker's.</param>
    /// <param name="generation">The new worker's.</param>
    /// <returns>The generator to go on with; null for the slot's first worker, and where what was saved cannot be read.</returns>
    public Rng? Restore(SharedCorpus corpus, int generation)
    {
        if (Read() is not { } state) return null;
        var entries = MemoryMarshal.Cast<byte, SavedEntryState>(state.AsSpan(HeadSize));
        var saved = new Dictionary<CorpusAddress, SavedEntryState>(entries.Length);
        foreach (ref readonly var entry in entries) saved[entry.Address] = entry;
        corpus.Restore(saved);
        _restored = entries.Length;
        // What comes next must not be what the dead worker did: it would die again.
        var random = MemoryMarshal.Read<Rng>(state);
        return new Rng(random.Next() + (ulong)generation);
    }

    /// <returns>Null also where it cannot be read, as where the target has written into it: whoever died of that would take each successor along.</returns>
    private byte[]? Read()
    {
        try
        {
            return checkpoint.TryRead(out var state, segments.OpenPatiently) && state.Length >= HeadSize ? state : null;
        }
        catch (ShMemException damaged) when (damaged.Error != ShMemError.LimitReached)
        {
            return null;
        }
    }

    /// <summary>Saves, if the last time is long enough ago. Allocates where the corpus has outgrown the buffer.</summary>
    /// <returns>Whether it has.</returns>
    public bool SaveNowAndThen(SharedCorpus corpus, Scheduler scheduler, in Rng random)
    {
        var now = milliseconds();
        if (now - _savedAt < SaveEveryMilliseconds) return false;
        _savedAt = now;
        Save(corpus, scheduler, random);
        return true;
    }

    /// <summary>The broker's answer. From any thread.</summary>
    public void Grant(CheckpointSegmentGranted granted) => _granted.Enqueue(granted);

    /// <summary>Saves. What is larger than the room there is waits for the broker's answer, and until that can be opened, while as much as fits is saved.</summary>
    public void Save(SharedCorpus corpus, Scheduler scheduler, in Rng random)
    {
        while (_granted.TryPeek(out var granted))
        {
            using var segment = segments.TryOpen(granted.Segment);
            if (segment is null) break;
            checkpoint.Give(granted.Area, segment);
            _granted.TryDequeue(out _);
        }

        var most = Math.Min(corpus.Count, (SlotCheckpoint.LargestState - HeadSize) / EntrySize);
        AskFor(SizeFor(most));
        var count = Math.Min(most, (checkpoint.Room - HeadSize) / EntrySize);
        if (count < Math.Min(most, _restored) && (!_granted.IsEmpty || milliseconds() - _begun < AnswerMilliseconds)) return;
        var size = SizeFor(count);
        if (_buffer.Length < size) _buffer = new byte[Math.Min(checkpoint.Room, 2L * size)];
        MemoryMarshal.Write(_buffer, random);
        var entries = MemoryMarshal.Cast<byte, SavedEntryState>(_buffer.AsSpan(HeadSize, size - HeadSize));
        for (var entry = 0; entry < count; entry++)
        {
            var address = corpus[entry].Address;
            entries[entry] = new SavedEntryState(address.Slot, corpus.KnownKills(entry), address.Ordinal, scheduler.MemoryOf(entry));
        }

        checkpoint.Write(_buffer.AsSpan(0, size));
    }

    /// <summary>With room to grow into. Where no answer comes (the broker has none, or a broken connection has taken it along), for the same again a while later.</summary>
    private void AskFor(int size)
    {
        var (area, now) = (checkpoint.NextArea, milliseconds());
        if (size <= checkpoint.Room || (size <= _requested[area] && now < _askAgainAt[area])) return;
        if (size > _requested[area]) _requested[area] = (int)Math.Min(2L * size, SlotCheckpoint.LargestState);
        _askAgainAt[area] = now + AnswerMilliseconds;
        requestLarger(area, _requested[area]);
    }
}
