using Shmem.Samples.Chunks;
using Xunit;

namespace Shmem.Tests.Samples;

/// <summary>Each planted bug can be triggered, and only by an input made for it.</summary>
public sealed class PlantedBugTests : IDisposable
{
    private const int Abort = 134;
    private const int OutOfMemory = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void A_predicted_colour_outside_the_palette_throws()
    {
        var file = new ChunkWriter().Header(1, 2, 4).Chunk("PLTE", 1, 0, 0, 0).Chunk("IMAG", 1, 0x00, 0, 0xC5).ToArray();
        Assert.Throws<IndexOutOfRangeException>(() => ChunkHarness.Run(file));
    }

    [Theory]
    [InlineData('(')]
    [InlineData('[')]
    public async Task Nested_brackets_overflow_the_stack(char bracket)
    {
        var brackets = new byte[60_000];
        Array.Fill(brackets, (byte)bracket);
        var peer = await RunAsync(new ChunkWriter().Unfinished("TEXT", 0xFFFF, brackets), Patience);
        Assert.Equal(Abort, peer.ExitCode);
        Assert.Contains("Stack overflow", peer.Error);
        Assert.Contains("ExpressionParser.Factor", peer.Error);
    }

    [Fact]
    public async Task A_reference_into_a_volume_that_is_not_there_is_an_access_violation()
    {
        foreach (byte volume in (byte[])[1, 2, 17, 128, 255])
        {
            var peer = await RunAsync(new ChunkWriter().Chunk("XREF", 0x80, volume, 0, 0), Patience);
            Assert.Equal(Abort, peer.ExitCode);
            Assert.Contains("AccessViolationException", peer.Error);
            Assert.Contains("ReferencesChunk.Read", peer.Error);
        }
    }

    [Fact]
    public async Task A_step_halved_to_nothing_hangs()
    {
        var peer = await RunAsync(new ChunkWriter().Chunk("TIME", 0, 0, 1, 0, 7, 0, 3), TimeSpan.FromSeconds(3));
        Assert.Null(peer.ExitCode);
    }

    [Theory]
    [InlineData(0x2000, 0x2000)]
    [InlineData(0x7FFF, 0x7FFF)]
    public async Task A_table_of_thousands_by_thousands_meets_the_memory_limit(int columns, int rows)
    {
        byte[] size = [(byte)columns, (byte)(columns >> 8), (byte)rows, (byte)(rows >> 8)];
        var peer = await RunAsync(new ChunkWriter().Chunk("GRID", size), Patience);
        Assert.Equal(OutOfMemory, peer.ExitCode);
        Assert.Contains("OutOfMemoryException", peer.Error);
        Assert.Contains("GridChunk.Read", peer.Error);
    }

    [Fact]
    public async Task No_change_of_one_byte_of_the_seed_reaches_a_bug()
    {
        var peer = await PeerProcess.RunAsync(Patience, "chunk-neighbours", ChunkDocumentTests.SeedPath());
        Assert.Equal((0, ""), (peer.ExitCode, peer.Error));
    }

    private async Task<PeerProcess> RunAsync(ChunkWriter writer, TimeSpan limit)
    {
        await File.WriteAllBytesAsync(_file, writer.ToArray());
        return await PeerProcess.RunAsync(limit, "chunk-run", _file);
    }
}
