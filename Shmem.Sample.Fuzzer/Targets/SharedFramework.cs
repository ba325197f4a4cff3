using System.Reflection;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>
/// The assemblies that come with the runtime we run on. Only these may a target share with us: what lies beside our own executable
/// is ours, even where a target asks for one of the same name.
/// </summary>
internal static class SharedFramework
{
    /// <summary>Where they lie.</summary>
    public static string Folder { get; } = Path.GetDirectoryName(typeof(object).Assembly.Location)!;

    /// <summary>The file of a framework assembly; null where the name is none of the framework's.</summary>
    public static string? Find(string simpleName)
    {
        var path = Path.Combine(Folder, simpleName + ".dll");
        return File.Exists(path) && AssemblyNameOf(path) is not null ? path : null;
    }

    /// <summary>The framework has this assembly in the version that is asked for or a later one, and so it comes from there.</summary>
    public static bool Provides(string simpleName, Version? version) =>
        Find(simpleName) is { } path && (version is null || AssemblyNameOf(path)!.Version >= version);

    private static AssemblyName? AssemblyNameOf(string path)
    {
        try
        {
            return AssemblyName.GetAssemblyName(path);
        }
        catch (BadImageFormatException)
        {
            return null; // one of the runtime's native libraries
        }
    }
}
