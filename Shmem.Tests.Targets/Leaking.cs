namespace Shmem.Tests.Targets;

/// <summary>Keeps some of each execution: memory runs out after many, whatever the last was given, and none of them does that alone.</summary>
public static class Leaking
{
    private static readonly List<byte[]> Kept = [];

    /// <summary>Keeps a mebibyte of each.</summary>
    public static void Run(ReadOnlySpan<byte> data)
    {
        var kept = new byte[1 << 20];
        data[..Math.Min(data.Length, kept.Length)].CopyTo(kept);
        Kept.Add(kept);
    }

    /// <summary>Keeps a few bytes of each, as a cache without bounds does.</summary>
    public static void Slowly(ReadOnlySpan<byte> data) => Kept.Add(data[..Math.Min(data.Length, 64)].ToArray());
}
