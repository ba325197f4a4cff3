namespace Shmem.Backends.Coverage;

/// <summary><see cref="BoardScan.NextNew(byte*, byte*, int, int)"/> by 64-bit words.</summary>
internal static unsafe class ScalarScan
{
    public static int NextNew(byte* map, byte* board, int length, int from)
    {
        for (var i = from; i < length; i += sizeof(ulong))
        {
            // SAFETY: the caller's map and board have `length` bytes, a multiple of a line.
            var hits = *(ulong*)(map + i);
            if (hits != 0 && (HitBuckets.Classify(hits) & ~*(ulong*)(board + i)) != 0) return i & -BoardScan.Line;
        }

        return length;
    }
}
