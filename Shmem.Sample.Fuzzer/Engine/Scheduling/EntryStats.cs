namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>What is known of a corpus entry before it has been run here.</summary>
/// <param name="Length">Bytes of the input.</param>
/// <param name="Depth">Mutations between it and its seed, which has 0.</param>
internal readonly record struct EntryStats(int Length, int Depth);
