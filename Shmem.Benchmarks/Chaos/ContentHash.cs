using System.Security.Cryptography;

namespace Shmem.Benchmarks.Chaos;

/// <summary>SHA-256, by which the bytes of inputs are remembered and compared.</summary>
internal static class ContentHash
{
    public static string Of(ReadOnlySpan<byte> bytes) => Convert.ToHexString(SHA256.HashData(bytes));

    public static string OfFile(string path) => Of(File.ReadAllBytes(path));

    /// <summary>Of every saved input in those rooms of a campaign's output.</summary>
    public static HashSet<string> OfInputs(string output, params ReadOnlySpan<string> rooms)
    {
        var hashes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var room in rooms)
        {
            if (!Directory.Exists(Path.Combine(output, room))) continue;
            hashes.UnionWith(Directory.EnumerateFiles(Path.Combine(output, room), "id*").Select(OfFile));
        }

        return hashes;
    }
}
