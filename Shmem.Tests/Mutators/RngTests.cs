using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.Mutators;

public sealed class RngTests
{
    [Fact]
    public void The_numbers_are_those_of_the_published_generators()
    {
        // xoshiro256starstar.c with its state filled by splitmix64.c from seed 0, compiled and run.
        var rng = new Rng(0);
        ulong[] expected = [0x99EC5F36CB75F2B4, 0xBF6E1F784956452A, 0x1A5F849D4933E6E0, 0x6AA594F1262D2D2C];
        Assert.Equal(expected, expected.Select(_ => rng.Next()));
    }

    [Property]
    public bool A_number_below_a_limit_is_below_it(ulong seed, uint limit)
    {
        var rng = new Rng(seed);
        limit = Math.Max(limit, 1);
        return rng.NextBelow(limit) < limit && rng.NextBelow((ulong)limit << 20) < (ulong)limit << 20;
    }

    [Property]
    public bool A_log_uniform_number_is_in_its_range(ulong seed, int max)
    {
        var rng = new Rng(seed);
        max = Math.Max(1, Math.Abs(max) & 0xFFFFF);
        var number = rng.NextLogUniform(max);
        return number >= 1 && number <= max;
    }

    [Fact]
    public void Each_number_below_ten_comes_as_often_as_the_others()
    {
        var rng = new Rng(7);
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++)
            counts[rng.NextBelow(10)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500));
    }

    [Fact]
    public void Log_uniform_numbers_reach_every_power_of_two_as_often()
    {
        var rng = new Rng(7);
        var counts = new int[16];
        for (var i = 0; i < 160_000; i++)
            counts[int.Log2(rng.NextLogUniform(0xFFFF))]++;
        Assert.All(counts, count => Assert.InRange(count, 9_500, 10_500));
    }
}
