using Shmem.Sample.Fuzzer.Instrumentation;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>What a campaign starts from, all of it checked.</summary>
/// <param name="Target">The target.</param>
/// <param name="Set">Its instrumented copies, in the cache.</param>
/// <param name="Seeds">At least one.</param>
/// <param name="Warnings">What the user should know of the seeds.</param>
/// <param name="Dictionary">The bytes of its dictionary, or null.</param>
/// <param name="RandomSeed">The seed of all random generators.</param>
internal sealed record PreparedCampaign(
    ChosenTarget Target, InstrumentedSet Set, IReadOnlyList<TrialSeed> Seeds, IReadOnlyList<string> Warnings, byte[]? Dictionary, ulong RandomSeed);
