namespace Shmem.Samples.Chunks;

/// <summary>
/// What a fuzzer calls. The reader behind it has five planted bugs, each marked <c>PLANTED BUG</c> where it stands; none can be reached by
/// changing one byte of <c>seeds/valid.chk</c>, since every chunk has a check byte.
/// <list type="table">
/// <item><term>Unhandled exception</term><description><c>IMAG</c>: prediction is switched on, and a predicted colour number lies inside the
/// depth but outside the palette (<see cref="IndexOutOfRangeException"/>).</description></item>
/// <item><term>Stack overflow</term><description><c>TEXT</c>: the chunk says that it is longer than the file, and the rest of the file is
/// thousands of brackets.</description></item>
/// <item><term>Hang</term><description><c>TIME</c>: an easing that halves a step down to 0.</description></item>
/// <item><term>Access violation</term><description><c>XREF</c>: a reference into a volume that does not exist.</description></item>
/// <item><term>Unbounded allocation</term><description><c>GRID</c>: both sides are thousands long: up to 8 GiB for a few bytes.</description></item>
/// </list>
/// </summary>
public static class ChunkHarness
{
    /// <summary>Reads a file as an application would: what is not a valid file is refused quietly.</summary>
    /// <param name="data">The whole file.</param>
    public static void Run(ReadOnlySpan<byte> data)
    {
        try
        {
            ChunkDocument.Read(data);
        }
        catch (ChunkFormatException)
        {
            // The reader's way to say no; everything else is a finding.
        }
    }
}
