namespace Shmem.Samples.Chunks;

/// <summary>A file that was read: what its chunks say. Not thread-safe.</summary>
public sealed class ChunkDocument
{
    private readonly Dictionary<string, string> _metadata = [];
    private readonly List<int> _references = [];

    /// <summary>Width of the picture in pixels; 0 before its header.</summary>
    public int Width { get; internal set; }

    /// <summary>Height of the picture in pixels; 0 before its header.</summary>
    public int Height { get; internal set; }

    /// <summary>Bits in a colour number, 1 to 8; 0 before the header.</summary>
    public int Depth { get; internal set; }

    /// <summary>The colours as 0x00RRGGBB; at most two to the power of <see cref="Depth"/>.</summary>
    public IReadOnlyList<uint> Palette { get; internal set; } = [];

    /// <summary>The picture as 0x00RRGGBB, row by row; empty where the file has none.</summary>
    public ReadOnlyMemory<uint> Picture { get; internal set; }

    /// <summary>Keys and values.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    /// <summary>Frames of the animation.</summary>
    public int FrameCount { get; internal set; }

    /// <summary>The bytes that the references point at.</summary>
    public IReadOnlyList<int> References => _references;

    /// <summary>The table's numbers, row by row; those at the end may be left out, and are 0.</summary>
    public ReadOnlyMemory<long> Grid { get; internal set; }

    /// <summary>Blocks of 256 by 256 numbers that the table needs.</summary>
    public int GridBlocks { get; internal set; }

    /// <summary>Value of the expression.</summary>
    public long Value { get; internal set; }

    /// <summary>Chunks passed over since their check byte is wrong.</summary>
    public int DamagedChunks { get; private set; }

    /// <summary>Chunks passed over, the rest of them at least, since what they say makes no sense.</summary>
    public int RefusedChunks { get; private set; }

    /// <summary>Chunks passed over since their type is not known.</summary>
    public int UnknownChunks { get; private set; }

    /// <summary>Blocks of 4 KiB, rounded up, that are missing at the end of a file still being written.</summary>
    public int MissingBlocks { get; private set; }

    /// <summary>Reads a file. A chunk that is damaged or makes no sense does not keep the others from being read.</summary>
    /// <param name="file">The whole file.</param>
    /// <returns>What it says.</returns>
    /// <exception cref="ChunkFormatException">It is not cut into chunks as it should be.</exception>
    public static ChunkDocument Read(ReadOnlySpan<byte> file)
    {
        var document = new ChunkDocument();
        var chunks = new ChunkReader(file);
        while (chunks.MoveNext())
        {
            if (chunks.IsIntact)
                document.TryAdd(chunks.Type, chunks.Payload, file);
            else
                document.DamagedChunks++;
        }

        document.MissingBlocks = chunks.MissingBlocks;
        return document;
    }

    internal void AddMetadata(string key, string value) => _metadata[key] = value;

    internal void AddReference(int value) => _references.Add(value);

    private void TryAdd(ChunkType type, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> file)
    {
        try
        {
            Add(type, payload, file);
        }
        catch (ChunkFormatException)
        {
            RefusedChunks++;
        }
    }

    private void Add(ChunkType type, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> file)
    {
        switch (type)
        {
            case ChunkType.Header:
                HeaderChunk.Read(payload, this);
                break;
            case ChunkType.Palette:
                PaletteChunk.Read(payload, this);
                break;
            case ChunkType.Metadata:
                MetadataChunk.Read(payload, this);
                break;
            case ChunkType.Timeline:
                TimelineChunk.Read(payload, this);
                break;
            case ChunkType.References:
                ReferencesChunk.Read(payload, this, file);
                break;
            case ChunkType.Grid:
                GridChunk.Read(payload, this);
                break;
            case ChunkType.Image:
                ImageChunk.Read(payload, this);
                break;
            case ChunkType.Expression:
                Value = new ExpressionParser(payload, this).Evaluate();
                break;
            default:
                UnknownChunks++;
                break;
        }
    }
}
