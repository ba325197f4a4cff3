using System.Text;

namespace Shmem.Samples.Chunks;

/// <summary><c>META</c>: keys and values in turn, each a length (8 bits) and as many bytes of Latin-1; a key is not empty.</summary>
internal static class MetadataChunk
{
    public static void Read(ReadOnlySpan<byte> payload, ChunkDocument document)
    {
        var reader = new PayloadReader(payload);
        while (!reader.AtEnd)
        {
            var key = reader.ReadBytes(reader.ReadByte());
            var value = reader.ReadBytes(reader.ReadByte());
            if (key.IsEmpty)
                throw new ChunkFormatException("A key is empty.");

            document.AddMetadata(Encoding.Latin1.GetString(key), Encoding.Latin1.GetString(value));
        }
    }
}
