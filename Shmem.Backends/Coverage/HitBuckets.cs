using System.Runtime.CompilerServices;

namespace Shmem.Backends.Coverage;

/// <summary>
/// Sorts an edge's hit count into one of eight buckets, each a bit: 1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128–255. Zero stays zero.
/// </summary>
/// <remarks>
/// The buckets are those of AFL (M. Zalewski, "Technical whitepaper for afl-fuzz", section 2; <c>count_class_lookup8</c> in afl-fuzz.c). Thread-safe.
/// </remarks>
public static class HitBuckets
{
    private static readonly byte[] ByCount = Table();

    /// <summary>The bit of the bucket into which a hit count falls; 0 for 0.</summary>
    public static byte Classify(byte hits) => hits switch
    {
        <= 2 => hits,
        3 => 4,
        <= 7 => 8,
        <= 15 => 16,
        <= 31 => 32,
        <= 127 => 64,
        _ => 128,
    };

    /// <summary>Classifies the eight hit counts of a word, each in its place.</summary>
    public static ulong Classify(ulong hits)
    {
        ref var table = ref ByCount[0];
        var buckets = 0UL;
        for (var shift = 0; hits >> shift != 0; shift += 8)
        {
            // A byte indexes a table of 256.
            buckets |= (ulong)Unsafe.Add(ref table, (int)(byte)(hits >> shift)) << shift;
            if (shift == 56) break;
        }

        return buckets;
    }

    private static byte[] Table()
    {
        var table = new byte[256];
        for (var hits = 0; hits < table.Length; hits++) table[hits] = Classify((byte)hits);
        return table;
    }
}
