using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Shmem.Backends.Coverage;

/// <summary>
/// What a coverage map's ids mean: a hash of 32 bytes over the set of instrumented assemblies, the pass's version and its options. Maps of
/// different identity are never compared. The text is 64 lower-case hexadecimal digits. Immutable, blittable, thread-safe.
/// </summary>
public readonly struct MapIdentity : IEquatable<MapIdentity>
{
    /// <summary>Bytes: 32.</summary>
    public const int Size = 32;

    private readonly Bytes _bytes;

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte _first;
    }

    /// <summary>The identity with these bytes, such as a SHA-256.</summary>
    /// <exception cref="ArgumentException">They are not 32.</exception>
    public MapIdentity(ReadOnlySpan<byte> hash)
    {
        if (hash.Length != Size) throw new ArgumentException($"A map identity has {Size} bytes, not {hash.Length}.", nameof(hash));
        hash.CopyTo(_bytes);
    }

    /// <summary>Writes the 32 bytes.</summary>
    /// <exception cref="ArgumentException">The destination is shorter.</exception>
    public void Write(Span<byte> destination) => ((ReadOnlySpan<byte>)_bytes).CopyTo(destination);

    /// <summary>Parses 64 hexadecimal digits of either case; false for anything else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out MapIdentity identity)
    {
        identity = default;
        Span<byte> bytes = stackalloc byte[Size];
        if (text.Length != 2 * Size || Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done) return false;
        identity = new MapIdentity(bytes);
        return true;
    }

    /// <summary>Parses 64 hexadecimal digits.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static MapIdentity Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var identity) ? identity : throw new FormatException($"A map identity is {2 * Size} hexadecimal digits.");

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes);

    /// <summary>True when the ids of both mean the same.</summary>
    public bool Equals(MapIdentity other) => ((ReadOnlySpan<byte>)_bytes).SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is MapIdentity other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>True when the ids of both mean the same.</summary>
    public static bool operator ==(MapIdentity left, MapIdentity right) => left.Equals(right);

    /// <summary>True when the ids of the two mean different things.</summary>
    public static bool operator !=(MapIdentity left, MapIdentity right) => !left.Equals(right);
}
