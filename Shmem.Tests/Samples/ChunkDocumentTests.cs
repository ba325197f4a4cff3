using Shmem.Samples.Chunks;
using Xunit;

namespace Shmem.Tests.Samples;

public sealed class ChunkDocumentTests
{
    [Fact]
    public void The_seed_that_is_checked_in_is_what_the_writer_writes()
    {
        var path = SeedPath();
        Assert.Equal(ChunkWriter.ValidSeed(), File.ReadAllBytes(path));
    }

    [Fact]
    public void The_seed_parses_whole()
    {
        var document = ChunkDocument.Read(ChunkWriter.ValidSeed());

        Assert.Equal((6, 6, 4), (document.Width, document.Height, document.Depth));
        Assert.Equal([0x000000u, 0xFF0000u, 0x00FF00u, 0xFFFFFFu], document.Palette);
        Assert.Equal("me", document.Metadata["by"]);
        Assert.Equal(3, document.FrameCount);
        Assert.Equal(['H', 6, 'E'], document.References);
        Assert.Equal([1, 2, 3, 4, 5, 6], document.Grid.ToArray());
        Assert.Equal(1, document.GridBlocks);
        Assert.Equal(36, document.Picture.Length);
        Assert.Equal(0x00FF00u, document.Picture.Span[6]);
        Assert.Equal(2 * (6 + 3) - 6, document.Value);
        Assert.Equal((0, 0, 0, 0),
            (document.DamagedChunks, document.RefusedChunks, document.UnknownChunks, document.MissingBlocks));
    }

    [Fact]
    public void A_chunk_whose_check_byte_is_wrong_is_passed_over()
    {
        var file = ChunkWriter.ValidSeed();
        file[^1] ^= 1;
        var document = ChunkDocument.Read(file);
        Assert.Equal((1, 0L), (document.DamagedChunks, document.Value));
    }

    [Fact]
    public void The_last_chunk_of_an_unfinished_file_is_what_is_there()
    {
        var file = new ChunkWriter().Unfinished("TEXT", 5000, "1+2"u8.ToArray()).ToArray();
        var document = ChunkDocument.Read(file);
        Assert.Equal((3L, 2), (document.Value, document.MissingBlocks));
    }

    [Fact]
    public void Prediction_adds_to_the_pixel_above()
    {
        var file = new ChunkWriter().Header(1, 2, 2).Chunk("PLTE", 3, 0, 0, 1, 0, 0, 2, 0, 0, 3)
            .Chunk("IMAG", 1, 0x00, 2, 0xFF).ToArray();
        Assert.Equal([3u, 2u], ChunkDocument.Read(file).Picture.ToArray());
    }

    [Theory]
    [InlineData("7-2*3", 1)]
    [InlineData("(7-2)*3", 15)]
    [InlineData(" [1, [9,4] ,3]/2", 4)]
    [InlineData("(0-9223372036854775807-1)/(0-1)", long.MinValue)]
    public void An_expression_has_its_value(string text, long value) =>
        Assert.Equal(value, ChunkDocument.Read(new ChunkWriter().Expression(text).ToArray()).Value);

    [Theory]
    [InlineData("")]
    [InlineData("1/0")]
    [InlineData("(1")]
    [InlineData("1 2")]
    public void An_expression_that_is_none_is_refused(string text) =>
        Assert.Equal(1, ChunkDocument.Read(new ChunkWriter().Expression(text).ToArray()).RefusedChunks);

    [Fact]
    public void A_chunk_that_makes_no_sense_does_not_hide_the_next()
    {
        var document = ChunkDocument.Read(new ChunkWriter().Chunk("TIME", 1).Expression("1+1").ToArray());
        Assert.Equal((1, 2L), (document.RefusedChunks, document.Value));
    }

    [Fact]
    public void A_file_that_is_not_cut_into_chunks_is_refused()
    {
        Assert.Throws<ChunkFormatException>(() => ChunkDocument.Read("PNG"u8));
        Assert.Throws<ChunkFormatException>(() => ChunkDocument.Read("CHNK"u8));
        Assert.Throws<ChunkFormatException>(() => ChunkDocument.Read("CHNKabcdefgh"u8));
    }

    [Fact]
    public void A_file_cut_anywhere_is_read_or_refused()
    {
        var seed = ChunkWriter.ValidSeed();
        for (var length = 0; length < seed.Length; length++)
            ChunkHarness.Run(seed.AsSpan(0, length));
    }

    internal static string SeedPath()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "samples", "Shmem.Samples.Chunks", "seeds", "valid.chk");
    }
}
