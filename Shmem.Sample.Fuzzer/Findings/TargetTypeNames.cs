using System.Collections.Frozen;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>The full names of all types that some assemblies declare, read from their metadata: nothing is loaded. Immutable.</summary>
internal sealed class TargetTypeNames : ITargetNames
{
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _names;

    /// <summary>Takes names as reflection gives them, with <c>+</c> or <c>.</c> before a nested type.</summary>
    public TargetTypeNames(IEnumerable<string> fullNames) =>
        _names = fullNames.Select(name => name.Replace('+', '.')).ToFrozenSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>No library: every frame counts alike.</summary>
    public static TargetTypeNames None { get; } = new([]);

    /// <inheritdoc/>
    public bool Contains(ReadOnlySpan<char> typeFullName) => _names.Contains(typeFullName);

    /// <summary>Reads the names from assembly files; a file that is no managed assembly adds none.</summary>
    public static TargetTypeNames FromFiles(IEnumerable<string> assemblyFiles) => new(assemblyFiles.SelectMany(NamesIn));

    private static List<string> NamesIn(string file)
    {
        using var image = new PEReader(File.OpenRead(file));
        try
        {
            if (!image.HasMetadata)
                return [];
            var metadata = image.GetMetadataReader();
            return [.. metadata.TypeDefinitions.Select(handle => FullName(metadata, metadata.GetTypeDefinition(handle)))];
        }
        catch (BadImageFormatException)
        {
            return [];
        }
    }

    private static string FullName(MetadataReader metadata, TypeDefinition type)
    {
        var name = metadata.GetString(type.Name);
        var outer = type.GetDeclaringType();
        if (!outer.IsNil)
            return $"{FullName(metadata, metadata.GetTypeDefinition(outer))}.{name}";
        return type.Namespace.IsNil ? name : $"{metadata.GetString(type.Namespace)}.{name}";
    }
}
