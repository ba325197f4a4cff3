using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>A .NET target as the user named it.</summary>
/// <param name="AssemblyPath">Full path of the assembly.</param>
/// <param name="TypeName">Namespace and name of the type; nested ones with <c>+</c>.</param>
/// <param name="MethodName">The method's name.</param>
/// <param name="InstrumentGlobs">Which assemblies to instrument, by simple name; none means all that are not the framework's.</param>
/// <param name="StackSize">Stack of the thread that runs the target, in bytes.</param>
internal sealed record TargetSpec(
    string AssemblyPath, string TypeName, string MethodName, IReadOnlyList<string> InstrumentGlobs, int StackSize = TargetSpec.DefaultStackSize)
{
    /// <summary>1.5 MiB, which is what .NET gives its own threads where the OS does not say.</summary>
    public const int DefaultStackSize = 3 << 19;

    /// <summary>Which end of every input an inaccessible page lies at.</summary>
    public ShMemGuard Guard { get; init; }

    /// <summary>Reads <c>Namespace.Type.Method</c>.</summary>
    /// <exception cref="InputException">The name has no type, or the stack size is out of range.</exception>
    public static TargetSpec Parse(string assembly, string method, IReadOnlyList<string> instrumentGlobs, int stackSize = DefaultStackSize)
    {
        var dot = method.LastIndexOf('.');
        if (dot <= 0 || dot == method.Length - 1)
            throw new InputException(method, "it does not name a method of a type", "Write Namespace.Type.Method.");
        if (stackSize is < 128 << 10 or > 1 << 30)
            throw new InputException($"stack size {stackSize}", "it is out of range", "Choose 128 KiB to 1 GiB.");
        return new TargetSpec(Path.GetFullPath(assembly), method[..dot], method[(dot + 1)..], instrumentGlobs, stackSize);
    }
}
