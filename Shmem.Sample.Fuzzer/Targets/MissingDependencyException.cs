namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>The target asked for an assembly that neither it nor the framework has: a fault of its folder, no finding.</summary>
internal sealed class MissingDependencyException(string assemblyName, string folder)
    : FileNotFoundException($"The target needs the assembly {assemblyName}, which is not in {folder}. Publish the target, or copy the assembly there.", assemblyName);
