using dnlib.DotNet;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>Opens assemblies that a user has given, which may be anything.</summary>
internal static class ReadableAssembly
{
    /// <summary>Reads the assembly's metadata; the caller disposes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="remedy">What to do where it is none.</param>
    /// <exception cref="InputException">It cannot be read, or is no assembly.</exception>
    public static ModuleDefMD Open(string path, string remedy)
    {
        try
        {
            var module = ModuleDefMD.Load(path, new ModuleCreationOptions { TryToLoadPdbFromDisk = false });
            if (module.Assembly is not null)
                return module;
            module.Dispose();
        }
        catch (Exception e) when (e is BadImageFormatException or IOException or UnauthorizedAccessException or IndexOutOfRangeException)
        {
        }

        throw new InputException(path, "it is not a readable .NET assembly", remedy);
    }
}
