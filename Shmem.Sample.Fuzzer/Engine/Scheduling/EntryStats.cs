namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>What is known of a corpus entry before it has been run here.</summary>
/// <param name="Length">Bytes of the input.</param>
/// <param name="Depth">Mutations between it and its seed, which has 0.</param>
/// <param name="Parent">The entry it is a child of, if this scheduler knows that; −1 otherwise. What made the parent's children kill is mostly in
/// the child too, so it is shunned as much.</param>
/// <param name="Nanoseconds">How long its execution took where it was found; 0 if that is not known.</param>
internal readonly record struct EntryStats(int Length, int Depth, int Parent = -1, long Nanoseconds = 0);
