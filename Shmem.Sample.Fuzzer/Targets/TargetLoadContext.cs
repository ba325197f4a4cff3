using System.Reflection;
using System.Runtime.Loader;
using Shmem.Sample.Fuzzer.Instrumentation;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// The target's own load context: instrumented copies where the set has one, else the target's own files, never ours. Shared with the
/// fuzzer are the framework and the assembly of <see cref="Trace"/>.
/// </summary>
internal sealed class TargetLoadContext : AssemblyLoadContext
{
    private readonly InstrumentedSet _set;
    private readonly TargetDependencies _dependencies;
    private readonly string _assemblyPath;

    public TargetLoadContext(string assemblyPath, InstrumentedSet set)
        : base("target")
    {
        _assemblyPath = assemblyPath;
        _set = set;
        _dependencies = new TargetDependencies(assemblyPath);
    }

    /// <summary>Loads the target's own assembly.</summary>
    public Assembly LoadTarget()
    {
        var copy = _set.Assemblies.FirstOrDefault(assembly => assembly.OriginalPath == _assemblyPath);
        return LoadFromAssemblyPath(copy?.Path ?? _assemblyPath);
    }

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var name = assemblyName.Name!;
        if (name.Equals(typeof(Trace).Assembly.GetName().Name, StringComparison.OrdinalIgnoreCase))
            return typeof(Trace).Assembly;
        if (assemblyName.CultureName is { Length: > 0 })
            return _dependencies.Find(assemblyName) is { } satellite ? LoadFromAssemblyPath(satellite) : null;
        if (_set.Find(name) is { } copy)
            return LoadFromAssemblyPath(copy.Path);
        if (SharedFramework.Provides(name, assemblyName.Version))
            return Default.LoadFromAssemblyName(assemblyName);
        // A file that was there when the campaign began may be gone.
        if (_dependencies.Find(assemblyName) is { } path && File.Exists(path))
            return LoadFromAssemblyPath(path);
        if (OtherFrameworks.Find(name, assemblyName.Version) is { } installed)
            return LoadFromAssemblyPath(installed);
        // Not null: the runtime would then look among our own assemblies.
        throw new MissingDependencyException(assemblyName.FullName, Path.GetDirectoryName(_assemblyPath)!);
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _dependencies.FindNative(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;
}
