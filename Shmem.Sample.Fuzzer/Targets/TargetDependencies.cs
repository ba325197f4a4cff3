using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>Finds what a target needs: by its deps.json, else beside it. Loads nothing.</summary>
internal sealed class TargetDependencies
{
    private readonly AssemblyDependencyResolver? _resolver;
    private readonly string _folder;
    private readonly Dictionary<string, string> _beside;

    public TargetDependencies(string assemblyPath)
    {
        _folder = Path.GetDirectoryName(Path.GetFullPath(assemblyPath))!;
        // A campaign's target may have been moved: its instrumented copies need none of its files.
        _beside = (Directory.Exists(_folder) ? Directory.EnumerateFiles(_folder, "*.dll") : []).Order(StringComparer.Ordinal)
            .DistinctBy(file => Path.GetFileNameWithoutExtension(file), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), StringComparer.OrdinalIgnoreCase);
        try
        {
            _resolver = new AssemblyDependencyResolver(assemblyPath);
        }
        catch (InvalidOperationException)
        {
            // A class library's deps.json names packages that its build did not copy; what lies beside it may still be enough. Or there is no such file any more.
        }
    }

    /// <summary>The file of an assembly that the target brings; null where it brings none. Case does not matter, as in the runtime.</summary>
    public string? Find(AssemblyName name) =>
        _resolver?.ResolveAssemblyToPath(name) ?? (name.Name is { } simple ? _beside.GetValueOrDefault(simple) : null);

    /// <summary>The file of a native library that the target brings; null where it brings none.</summary>
    public string? FindNative(string name)
    {
        if (_resolver?.ResolveUnmanagedDllToPath(name) is { } resolved)
            return resolved;
        var suffix = OperatingSystem.IsWindows() ? ".dll" : OperatingSystem.IsMacOS() ? ".dylib" : ".so";
        var folders = new[] { _folder, Path.Combine(_folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native") };
        var names = new[] { name, name + suffix, "lib" + name + suffix, "lib" + name };
        return folders.SelectMany(folder => names.Select(file => Path.Combine(folder, file))).FirstOrDefault(File.Exists);
    }
}
