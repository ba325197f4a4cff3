using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
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
internal sealed class SlotState(SlotCheckpoint checkpoint)
{
    private const long SaveEveryMilliseconds = 200;

    private static readonly int HeadSize = Unsafe.SizeOf<Rng>();
    private static readonly int EntrySize = Unsafe.SizeOf<SavedEntryState>();

    private byte[] _buffer = [];
    private long _savedAt = Environment.TickCount64;

    /// <summary>Bytes of a checkpoint for so many entries; of a larger corpus the oldest that many are kept.</summary>
    public static int SizeFor(int entries) => HeadSize + entries * EntrySize;

    /// <summary>Gives the corpus what the last worker of the slot saved.</summary>
    /// <param name="corpus">The new worker's.</param>
    /// <param name="generation">The new worker's.</param>
    /// <returns>The generator to go on with; null for the slot's first worker.</returns>
    public Rng? Restore(SharedCorpus corpus, int generation)
    {
        if (!checkpoint.TryRead(out var state) || state.Length < HeadSize) return null;
        var entries = MemoryMarshal.Cast<byte, SavedEntryState>(state.AsSpan(HeadSize));
        var saved = new Dictionary<CorpusAddress, SavedEntryState>(entries.Length);
        foreach (ref readonly var entry in entries) saved[entry.Address] = entry;
        corpus.Restore(saved);
        // What comes next must not be what the dead worker did: it would die again.
        var random = MemoryMarshal.Read<Rng>(state);
        return new Rng(random.Next() + (ulong)generation);
    }

    /// <summary>Saves, if the last time is long enough ago. Allocates where the corpus has outgrown the buffer.</summary>
    public void SaveNowAndThen(SharedCorpus corpus, Scheduler scheduler, in Rng random)
    {
        var now = Environment.TickCount64;
        if (now - _savedAt < SaveEveryMilliseconds) return;
        _savedAt = now;
        Save(corpus, scheduler, random);
    }

    /// <summary>Saves.</summary>
    public void Save(SharedCorpus corpus, Scheduler scheduler, in Rng random)
    {
        var count = Math.Min(corpus.Count, (checkpoint.Capacity - HeadSize) / EntrySize);
        var size = SizeFor(count);
        if (_buffer.Length < size) _buffer = new byte[Math.Min(checkpoint.Capacity, size * 2)];
        MemoryMarshal.Write(_buffer, random);
        var entries = MemoryMarshal.Cast<byte, SavedEntryState>(_buffer.AsSpan(HeadSize, size - HeadSize));
        for (var entry = 0; entry < count; entry++)
        {
            var address = corpus[entry].Address;
            entries[entry] = new SavedEntryState(address.Slot, corpus.KnownKills(entry), address.Ordinal, scheduler.MemoryOf(entry));
        }

        checkpoint.Write(_buffer.AsSpan(0, size));
    }
}
