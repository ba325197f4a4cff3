using System.Runtime.Intrinsics;
using FsCheck.Xunit;
using Shmem.Backends.Coverage;
using Xunit;

namespace Shmem.Tests.Coverage;

public sealed class HitBucketsTests
{
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 1, 1)]
    [InlineData(2, 2, 2)]
    [InlineData(3, 3, 4)]
    [InlineData(4, 7, 8)]
    [InlineData(8, 15, 16)]
    [InlineData(16, 31, 32)]
    [InlineData(32, 127, 64)]
    [InlineData(128, 255, 128)]
    public void Each_range_of_counts_has_the_bucket_that_AFL_gives_it(int from, int to, int bucket)
    {
        for (var hits = from; hits <= to; hits++) Assert.Equal(bucket, HitBuckets.Classify((byte)hits));
    }

    [Property]
    public bool A_word_is_classified_byte_by_byte(ulong hits)
    {
        var buckets = HitBuckets.Classify(hits);
        return Enumerable.Range(0, 8).All(i => (byte)(buckets >> (8 * i)) == HitBuckets.Classify((byte)(hits >> (8 * i))));
    }

    [Fact]
    public void Every_vector_width_classifies_every_count_alike()
    {
        for (var hits = 0; hits < 256; hits++)
        {
            var bucket = HitBuckets.Classify((byte)hits);
            Assert.Equal(Vector128.Create(bucket), Vector128Scan.Classify(Vector128.Create((byte)hits)));
            Assert.Equal(Vector256.Create(bucket), Vector256Scan.Classify(Vector256.Create((byte)hits)));
            Assert.Equal(Vector512.Create(bucket), Vector512Scan.Classify(Vector512.Create((byte)hits)));
        }
    }
}
