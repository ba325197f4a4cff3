using System.Security.Cryptography;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>
/// The file in a cache entry that says what the entry holds. Its last 32 bytes are the hash of the rest, and it holds the hash of
/// every copy: an entry that was cut short or changed is not used.
/// </summary>
internal static class SetManifest
{
    public const string FileName = "set";

    private static readonly TimeSpan TouchEvery = TimeSpan.FromDays(1);

    /// <summary>When an entry was last used, to the day; for what is no entry long ago.</summary>
    public static DateTime LastUse(string entry) => File.GetLastWriteTimeUtc(Path.Combine(entry, FileName));

    /// <summary>Notes that an entry is used, once a day: thousands of processes may open it.</summary>
    public static void Touch(string entry)
    {
        try
        {
            if (LastUse(entry) < DateTime.UtcNow - TouchEvery) File.SetLastWriteTimeUtc(Path.Combine(entry, FileName), DateTime.UtcNow);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It may be read all the same.
        }
    }

    /// <summary>Writes the manifest of an entry whose copies are complete.</summary>
    public static void Write(string entry, IReadOnlyList<InstrumentedAssembly> assemblies)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(assemblies.Count);
            foreach (var assembly in assemblies)
            {
                writer.Write(assembly.Name);
                writer.Write(Path.GetRelativePath(entry, assembly.Path));
                writer.Write(SHA256.HashData(File.ReadAllBytes(assembly.Path)));
                writer.Write(assembly.FirstEdge);
                writer.Write(assembly.EdgeCount);
                writer.Write(assembly.Methods.Count);
                foreach (var method in assembly.Methods)
                {
                    writer.Write(method.Token);
                    writer.Write(method.FirstEdge);
                }
            }
        }

        content.Write(SHA256.HashData(content.ToArray()));
        File.WriteAllBytes(Path.Combine(entry, FileName), content.ToArray());
    }

    /// <summary>Reads an entry; null where it is missing or damaged.</summary>
    /// <param name="entry">The entry's folder.</param>
    /// <param name="originalPaths">The originals' paths, which are not part of an entry, in the set's order.</param>
    public static IReadOnlyList<InstrumentedAssembly>? TryRead(string entry, IReadOnlyList<string> originalPaths)
    {
        try
        {
            var content = File.ReadAllBytes(Path.Combine(entry, FileName));
            var length = content.Length - SHA256.HashSizeInBytes;
            if (length < 0 || !SHA256.HashData(content.AsSpan(0, length)).AsSpan().SequenceEqual(content.AsSpan(length)))
                return null;
            using var reader = new BinaryReader(new MemoryStream(content, 0, length));
            var assemblies = new List<InstrumentedAssembly>();
            if (reader.ReadInt32() != originalPaths.Count)
                return null;
            foreach (var original in originalPaths)
            {
                var name = reader.ReadString();
                var path = Path.Combine(entry, reader.ReadString());
                var hash = reader.ReadBytes(SHA256.HashSizeInBytes);
                if (!SHA256.HashData(File.ReadAllBytes(path)).AsSpan().SequenceEqual(hash))
                    return null;
                var (firstEdge, edgeCount) = (reader.ReadInt32(), reader.ReadInt32());
                var methods = new MethodEdges[reader.ReadInt32()];
                for (var i = 0; i < methods.Length; i++)
                    methods[i] = new MethodEdges(reader.ReadUInt32(), reader.ReadInt32());
                assemblies.Add(new InstrumentedAssembly(name, original, path, firstEdge, edgeCount, methods));
            }

            return assemblies;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
