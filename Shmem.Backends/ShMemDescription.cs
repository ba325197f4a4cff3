using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Shmem.Backends;

/// <summary>What another process needs to open a segment: its id, its size and, where one does, the service that hands it out.</summary>
/// <param name="Id">The segment's id.</param>
/// <param name="Size">Its usable size in bytes, as asked for at creation; the mapping may be longer by less than a page.</param>
/// <param name="Service">The name of the service to ask, 1 to 32 of <c>[a-z0-9-]</c>: of a served segment always, of a memfd one where its id may not lead to it. Null where there is none.</param>
public readonly record struct ShMemDescription(ShMemId Id, long Size, string? Service = null)
{
    private readonly ShMemId _id = Id;

    /// <summary>Which segment.</summary>
    public ShMemId Id
    {
        get => _id;
        init => _id = value;
    }

    /// <summary>The id where it stands: a copy of its 64 bytes is felt where a cell is freed.</summary>
    [UnscopedRef]
    internal ref readonly ShMemId IdInPlace => ref _id;

    /// <summary>Bytes of the encoded form: the id (64), the size (8, little endian) and the service's name (32, zero-padded).</summary>
    public const int EncodedSize = ShMemId.Size + sizeof(long) + LongestService;

    private const int LongestService = 32;

    /// <summary>Writes the encoded form, which can stand in shared memory.</summary>
    /// <param name="destination">At least <see cref="EncodedSize"/> bytes.</param>
    /// <exception cref="ArgumentException">The destination is too short, or the service's name is not a valid one.</exception>
    public void Write(Span<byte> destination)
    {
        if (Service is not null && !IsServiceName(Service))
            throw new ArgumentException("A service's name is 1 to 32 of [a-z0-9-].", nameof(destination));
        destination = destination[..EncodedSize];
        destination.Clear();
        Id.Write(destination);
        BinaryPrimitives.WriteInt64LittleEndian(destination[ShMemId.Size..], Size);
        Encoding.ASCII.GetBytes(Service, destination[(ShMemId.Size + sizeof(long))..]);
    }

    /// <summary>Reads the encoded form. Foreign bytes are refused, never thrown upon.</summary>
    /// <returns>False for too few bytes, a malformed id or service, or a size below 1.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out ShMemDescription description)
    {
        description = default;
        if (source.Length < EncodedSize || !ShMemId.TryRead(source, out var id)) return false;
        var size = BinaryPrimitives.ReadInt64LittleEndian(source[ShMemId.Size..]);
        var name = source.Slice(ShMemId.Size + sizeof(long), LongestService).TrimEnd((byte)0);
        var service = name.IsEmpty ? null : Encoding.Latin1.GetString(name);
        if (size < 1 || (service is not null && !IsServiceName(service))) return false;
        description = new ShMemDescription(id, size, service);
        return true;
    }

    /// <summary>True for 1 to 32 characters of <c>[a-z0-9-]</c>.</summary>
    public static bool IsServiceName(ReadOnlySpan<char> name)
    {
        if (name.Length is < 1 or > LongestService) return false;
        foreach (var c in name)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-') return false;
        return true;
    }
}
