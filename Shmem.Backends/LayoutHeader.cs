namespace Shmem.Backends;

/// <summary>
/// The first 32 bytes of every segment with a layout of ours, checked at every open: 0 magic (8), 8 layout version (4), 12 bytes of the whole
/// header (4), 16 bytes of the whole layout (8), 24 reserved (8). Numbers are in the machine's own order, so a foreign one shows as a wrong magic.
/// </summary>
internal static unsafe class LayoutHeader
{
    public const int Size = 32;

    /// <summary>Writes the header, the magic last: whoever sees the magic sees what was written before this call.</summary>
    public static void Write(byte* start, ulong magic, uint version, int headerLength, long layoutLength)
    {
        *(uint*)(start + 8) = version;
        *(int*)(start + 12) = headerLength;
        *(long*)(start + 16) = layoutLength;
        Volatile.Write(ref *(ulong*)start, magic);
    }

    /// <summary>Refuses a segment that is not of this layout. Afterwards the first <paramref name="headerLength"/> bytes may be read.</summary>
    public static void Check(ShMem segment, ulong magic, uint version, int headerLength, string what)
    {
        if (segment.Length < headerLength) throw Invalid(segment, what, $"it has {segment.Length} bytes, the header alone {headerLength}");
        // SAFETY: the caller holds the segment, whose length was checked above.
        var start = segment.Pointer;
        if (Volatile.Read(ref *(ulong*)start) != magic) throw Invalid(segment, what, "its first bytes are not those of one");
        var found = *(uint*)(start + 8);
        if (found != version) throw Invalid(segment, what, $"its layout version is {found}, this code's is {version}");
        if (*(int*)(start + 12) != headerLength) throw Invalid(segment, what, $"its header has {*(int*)(start + 12)} bytes, not {headerLength}");
        var length = *(long*)(start + 16);
        if (length != segment.Length) throw Invalid(segment, what, $"its header says {length} bytes, the mapping has {segment.Length}");
    }

    /// <summary>Refuses a segment that is too small to be laid out.</summary>
    public static void CheckRoom(ShMem segment, long needed, string what)
    {
        ArgumentNullException.ThrowIfNull(segment);
        if (segment.Length < needed)
        {
            throw new ShMemException(ShMemError.Invalid, $"lay out {segment.Id} as {what}", $"it has {segment.Length} bytes and {needed} are needed",
                "Create it with the size that SizeFor gives.");
        }
    }

    public static ShMemException Invalid(ShMem segment, string what, string why) => new(ShMemError.Invalid, $"open {segment.Id} as {what}", why,
        "Open what the same version of Shmem laid out, or create it anew.");
}
