using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Xunit;

namespace Shmem.Tests.Engine.Scheduling;

public sealed class WeightTreeTests
{
    [Property]
    public void It_finds_what_laying_the_weights_end_to_end_finds(byte[] first, (ushort Index, byte Weight)[] changes)
    {
        var tree = new WeightTree();
        var weights = first.Select(weight => (ulong)weight).Append(1ul).ToArray();
        foreach (var weight in weights)
            tree.Add(weight);
        foreach (var (index, weight) in changes)
        {
            weights[index % weights.Length] = weight;
            tree.Set(index % weights.Length, weight);
        }

        Assert.Equal(weights.Aggregate(0ul, (sum, weight) => sum + weight), tree.Total);
        var expected = weights.SelectMany((weight, index) => Enumerable.Repeat(index, (int)weight));
        Assert.Equal(expected, Enumerable.Range(0, (int)tree.Total).Select(number => tree.Find((ulong)number)));
    }
}
