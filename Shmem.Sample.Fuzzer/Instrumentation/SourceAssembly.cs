using System.Security.Cryptography;
using System.Text;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>An original assembly as it was read: what is hashed here is what is instrumented.</summary>
internal sealed record SourceAssembly(string Name, string Path, byte[] Image, byte[] Hash)
{
    /// <summary>Reads the assemblies and puts them in the order that decides the edges' numbers.</summary>
    /// <exception cref="InputException">One can't be read or instrumented, or two have one name.</exception>
    /// <exception cref="OperationCanceledException">Stopped between two.</exception>
    public static IReadOnlyList<SourceAssembly> ReadAll(IEnumerable<string> paths, CancellationToken stop)
    {
        var sources = paths.Select(System.IO.Path.GetFullPath).Distinct(StringComparer.Ordinal).Select(path => Read(path, stop))
            .OrderBy(source => source.Name, StringComparer.OrdinalIgnoreCase).ToList();
        for (var i = 1; i < sources.Count; i++)
        {
            if (sources[i].Name.Equals(sources[i - 1].Name, StringComparison.OrdinalIgnoreCase))
                throw new InputException(sources[i].Path, $"{sources[i - 1].Path} is also called {sources[i].Name}", "Leave one of them out.");
        }

        return sources;
    }

    /// <summary>The map identity of a set: its assemblies, by name and content, and the pass that numbers their edges.</summary>
    public static byte[] IdentityOf(IEnumerable<SourceAssembly> sources)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"shmem map {AssemblyInstrumenter.Version}\0"));
        foreach (var source in sources)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(source.Name + "\0"));
            hash.AppendData(source.Hash);
        }

        return hash.GetHashAndReset();
    }

    private static SourceAssembly Read(string path, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        byte[] image;
        try
        {
            image = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, "it cannot be read: " + e.Message, "Name a readable file.");
        }

        using var module = AssemblyInstrumenter.Open(image, path);
        return new SourceAssembly(module.Assembly.Name, path, image, SHA256.HashData(image));
    }
}
