namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>Which worker found it: the slot, the slot's generation at the time, and the worker's process number.</summary>
internal sealed record FindingSource(int Slot, int Generation, int Worker);
