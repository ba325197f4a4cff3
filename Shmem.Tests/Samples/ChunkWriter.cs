using System.Buffers.Binary;
using System.Text;

namespace Shmem.Tests.Samples;

/// <summary>Writes chunk files, valid ones unless told otherwise.</summary>
internal sealed class ChunkWriter
{
    private readonly List<byte> _file = [.. "CHNK"u8, 1];

    /// <summary>The seed that is checked in: every chunk once, each bug some steps away.</summary>
    public static byte[] ValidSeed() => new ChunkWriter()
        .Header(6, 6, 4)
        .Chunk("PLTE", 4, 0x00, 0x00, 0x00, 0xFF, 0x00, 0x00, 0x00, 0xFF, 0x00, 0xFF, 0xFF, 0xFF)
        .Metadata("by", "me", "in", "x")
        .Chunk("TIME", 0, 0, 0x84, 3, 0xE8, 3, 0, 5, 0, 0x28, 0x23, 0x58, 0x1B, 0)
        .Chunk("XREF", 0, 0, 5, 0, 1, 0, 11, 0, 2, 0, 20, 0)
        .Chunk("GRID", 3, 0, 2, 0, 1, 2, 3, 4, 5, 6)
        .Chunk("IMAG", 1, 0x05, 0, 1, 2, 3, 0, 1, 0x42, 2, 0x42, 1, 0x82, 6, 0x82, 12, 0x45, 3, 0x85, 6, 0x42, 0, 0x82, 3)
        .Expression("2*(w+3)-[h,n]")
        .ToArray();

    public ChunkWriter Header(int width, int height, byte depth) =>
        Chunk("HEAD", [.. UInt16(width), .. UInt16(height), depth]);

    public ChunkWriter Metadata(params string[] keysAndValues)
    {
        var payload = new List<byte>();
        foreach (var text in keysAndValues)
            payload.AddRange([(byte)text.Length, .. Encoding.Latin1.GetBytes(text)]);
        return Chunk("META", [.. payload]);
    }

    public ChunkWriter Expression(string text) => Chunk("TEXT", Encoding.Latin1.GetBytes(text));

    public ChunkWriter Chunk(string type, params byte[] payload) => Unfinished(type, payload.Length, payload);

    /// <summary>A chunk that says it is longer than what is there: valid as the last one only.</summary>
    public ChunkWriter Unfinished(string type, int declaredLength, params byte[] payload)
    {
        byte[] letters = Encoding.Latin1.GetBytes(type);
        _file.AddRange(letters);
        _file.AddRange(UInt16(declaredLength));
        _file.AddRange(payload);
        _file.Add(letters.Concat(payload).Aggregate((byte)0, (sum, b) => (byte)(sum ^ b)));
        return this;
    }

    public byte[] ToArray() => [.. _file];

    private static byte[] UInt16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, checked((ushort)value));
        return bytes;
    }
}
