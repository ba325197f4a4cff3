namespace Shmem.Tests.Targets;

/// <summary>Keeps a mebibyte of each execution: memory runs out after some, whatever the last was given, and none of them does that alone.</summary>
public static class Leaking
{
    private static readonly List<byte[]> Kept = [];

    public static void Run(ReadOnlySpan<byte> data)
    {
        var kept = new byte[1 << 20];
        data[..Math.Min(data.Length, kept.Length)].CopyTo(kept);
        Kept.Add(kept);
    }
}
