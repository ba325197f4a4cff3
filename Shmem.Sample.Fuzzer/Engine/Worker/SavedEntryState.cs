using System.Runtime.InteropServices;
using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Engine.Scheduling;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>What a slot's checkpoint keeps of one entry: 32 bytes that mean the same in every process of this machine.</summary>
/// <param name="Slot">The slot in whose log the entry stands.</param>
/// <param name="Kills">Kills by its children that <paramref name="Memory"/> has taken up.</param>
/// <param name="Ordinal">Its number in that log.</param>
/// <param name="Memory">What the scheduler knew of it.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct SavedEntryState(int Slot, int Kills, long Ordinal, EntryMemory Memory)
{
    public CorpusAddress Address => new(Slot, Ordinal);
}
