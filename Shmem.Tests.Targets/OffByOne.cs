namespace Shmem.Tests.Targets;

/// <summary>Reads one byte outside its input, where a byte of the input says so.</summary>
public static unsafe class OffByOne
{
    public static int Read;

    public static void After(ReadOnlySpan<byte> data)
    {
        if (data.Length > 2 && data[1] == 'x')
            Read = At(data, data.Length);
    }

    public static void Before(ReadOnlySpan<byte> data)
    {
        if (data.Length > 2 && data[1] == 'x')
            Read = At(data, -1);
    }

    /// <summary>Within its bounds, at both ends.</summary>
    public static void Within(ReadOnlySpan<byte> data)
    {
        if (data.Length > 0)
            Read = At(data, 0) << 8 | At(data, data.Length - 1);
    }

    private static byte At(ReadOnlySpan<byte> data, int offset)
    {
        fixed (byte* start = data)
            return start[offset];
    }
}
