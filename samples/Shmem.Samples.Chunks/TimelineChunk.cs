namespace Shmem.Samples.Chunks;

/// <summary>
/// <c>TIME</c>: key frames: first tick, tick after the last, ticks between frames (16 bits each), easing (8 bits). Each unit of easing (the low
/// two bits) halves the distance between frames.
/// </summary>
internal static class TimelineChunk
{
    public static void Read(ReadOnlySpan<byte> payload, ChunkDocument document)
    {
        var reader = new PayloadReader(payload);
        while (!reader.AtEnd)
        {
            var first = reader.ReadUInt16();
            var end = reader.ReadUInt16();
            var step = reader.ReadUInt16();
            var easing = reader.ReadByte() & 3;
            if (step == 0)
                throw new ChunkFormatException("A key frame stands still.");

            for (var i = 0; i < easing; i++)
                step /= 2;

            // PLANTED BUG (hang): the step was checked before it was halved, and is 0 here for an easing that outweighs it.
            for (var tick = first; tick < end; tick += step)
                document.FrameCount++;
        }
    }
}
