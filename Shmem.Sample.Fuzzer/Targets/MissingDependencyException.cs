namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// The target asked for an assembly that neither it nor the framework has: a fault of its folder, no finding. The runtime hands it to
/// the target inside a <see cref="FileNotFoundException"/> of its own.
/// </summary>
internal sealed class MissingDependencyException(string assemblyName, string folder)
    : FileNotFoundException($"it needs the assembly {assemblyName}, which is not in {folder}", assemblyName)
{
    /// <summary>What to do about it.</summary>
    public const string Remedy = "Publish the target, or copy the assembly there.";

    /// <summary>The missing dependency that an exception comes from; null where it comes from something else.</summary>
    public static MissingDependencyException? In(Exception? exception)
    {
        while (exception is not (null or MissingDependencyException))
            exception = exception.InnerException;
        return (MissingDependencyException?)exception;
    }
}
