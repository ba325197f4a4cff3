namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>The input being mutated: where it stands, how long it is, how long it may get. Never longer than its capacity, never empty.</summary>
internal ref struct MutationBuffer(Span<byte> room, int length)
{
    private readonly Span<byte> _room = room;

    /// <summary>Bytes in use.</summary>
    public int Length { get; private set; } = length;

    /// <summary>Bytes that can be added.</summary>
    public readonly int Free => _room.Length - Length;

    /// <summary>The bytes in use.</summary>
    public readonly Span<byte> Bytes => _room[..Length];

    /// <summary>Opens a gap of <paramref name="count"/> bytes (at most <see cref="Free"/>) with undefined content, and gives it.</summary>
    public Span<byte> Insert(int position, int count)
    {
        _room[position..Length].CopyTo(_room[(position + count)..]);
        Length += count;
        return _room.Slice(position, count);
    }

    /// <summary>Takes out <paramref name="count"/> bytes; at least one must stay.</summary>
    public void Delete(int position, int count)
    {
        _room[(position + count)..Length].CopyTo(_room[position..]);
        Length -= count;
    }

    /// <summary>Drops what stands from <paramref name="position"/> on, and puts as much of <paramref name="bytes"/> there as fits.</summary>
    public void ReplaceEnd(int position, ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, _room.Length - position);
        bytes[..count].CopyTo(_room[position..]);
        Length = position + count;
    }
}
