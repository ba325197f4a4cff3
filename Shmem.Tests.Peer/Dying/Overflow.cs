using System.Runtime.CompilerServices;

namespace Shmem.Tests.Peer.Dying;

/// <summary>Recursion without an end, in several shapes.</summary>
public static class Overflow
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static int Direct(int depth) => Direct(depth + 1) + 1;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static int First(int depth) => Second(depth + 1) + 1;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static int Second(int depth) => Third(depth + 1) + 1;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static int Third(int depth) => First(depth + Leaf(depth)) + 1;

    public static IEnumerable<int> Walk(int depth)
    {
        foreach (var inner in Walk(depth + 1))
            yield return inner;
    }

    public static async Task<int> WalkAsync(int depth) => await WalkAsync(depth + 1) + 1;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static int ByLambda(int depth)
    {
        Func<int> next = () => ByLambda(depth + 1) + 1;
        return next() + 1;
    }

    /// <summary>Each level takes one of two ways, so the text holds no exact repetition of its stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static int Varied(int depth) =>
        unchecked(depth * (int)2654435761u) < 0 ? Left(depth + 1) : Right(depth + 1);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static int Left(int depth) => Varied(depth) + 1;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static int Right(int depth) => Varied(depth) + 2;

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static int Leaf(int depth) => depth & 1;

    /// <summary>No recursion: one frame that is larger than the stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static int LargeFrame()
    {
        Span<byte> large = stackalloc byte[64 * 1024 * 1024];
        return large[large.Length / 2];
    }

    public sealed class Walker<T>
    {
        [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
        public int Walk<TOther>(TOther other) => Walk(other) + 1;
    }
}
