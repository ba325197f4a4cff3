using System.Reflection;
using System.Runtime.Loader;

namespace Shmem.Benchmarks.Loop;

/// <summary>Loads every assembly that lies in a folder from there, so that the same library can be here twice, with and without counters.</summary>
internal sealed class FolderLoadContext(string folder) : AssemblyLoadContext
{
    public Assembly LoadFile(string name) => LoadFromAssemblyPath(Path.Combine(folder, name));

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var path = Path.Combine(folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
