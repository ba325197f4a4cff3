using System.Runtime.InteropServices;

namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>What a worker has learnt of an entry by picking it, in the form in which the next generation takes it over.</summary>
/// <param name="Picks">How often it has been picked; 0 for never.</param>
/// <param name="Shun">How much it is shunned, in sixteenths of a halving.</param>
/// <param name="Yield">What its children bring, as the scheduler counts it.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct EntryMemory(int Picks, int Shun, float Yield);
