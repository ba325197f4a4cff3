namespace Shmem.Sample.Fuzzer.Output;

/// <summary>Where a saved input came from: the fields of AFL's file names.</summary>
/// <param name="Source">Number of the queue entry that was mutated; null: none.</param>
/// <param name="Time">Since the campaign's start, less the time between its runs.</param>
/// <param name="Executions">Executions of the whole campaign until then.</param>
/// <param name="Operation">The stage, as AFL names it: <c>havoc</c>, <c>splice</c>.</param>
internal readonly record struct Provenance(int? Source, TimeSpan Time, long Executions, string Operation);
