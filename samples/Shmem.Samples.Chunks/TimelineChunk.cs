namespace Shmem.Samples.Chunks;

/// <summary>
/// <c>TIME</c>: key frames of four bytes: first tick, tick after the last, ticks between frames, easing. Each unit of easing (the low
/// three bits) halves the distance between frames.
/// </summary>
internal static class TimelineChunk
{
    public static void Read(ReadOnlySpan<byte> payload, ChunkDocument document)
    {
        var reader = new PayloadReader(payload);
        while (!reader.AtEnd)
        {
            int first = reader.ReadByte();
            int end = reader.ReadByte();
            int step = reader.ReadByte();
            var easing = reader.ReadByte() & 7;
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
