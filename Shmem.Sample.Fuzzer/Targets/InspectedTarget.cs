namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>A target that can be fuzzed, as far as its metadata tells.</summary>
/// <param name="Spec">What the user named.</param>
/// <param name="Argument">What the method takes.</param>
/// <param name="Assemblies">Full paths of the assemblies to instrument.</param>
internal sealed record InspectedTarget(TargetSpec Spec, ArgumentKind Argument, IReadOnlyList<string> Assemblies);
