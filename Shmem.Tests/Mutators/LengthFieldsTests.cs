using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.Mutators;

public sealed class LengthFieldsTests
{
    [Theory]
    [InlineData("05 ++ ++ ++ AA AA AA AA AA", 1, 3, "08")]
    [InlineData("05 00 ++ AA AA AA AA AA", 2, 1, "06 00")]
    [InlineData("00 05 ++ AA AA AA AA AA", 2, 1, "00 06")]
    [InlineData("05 00 00 00 ++ AA AA AA AA AA", 4, 1, "06 00 00 00")]
    [InlineData("00 00 00 05 ++ AA AA AA AA AA", 4, 1, "00 00 00 06")]
    public void A_number_that_reaches_over_the_change_grows_with_it(string input, int position, int count, string grown)
    {
        var bytes = Bytes(input.Replace("++", "00"));
        Assert.Contains(Bytes(grown), Results(bytes, position, count).Select(result => result[..position]), Same);
    }

    [Fact]
    public void A_number_that_cannot_hold_the_sum_gets_the_most() =>
        Assert.Contains(Bytes("FF"), Results([5, .. new byte[300]], 1, 290).Select(result => result[..1]), Same);

    [Theory]
    [InlineData("02 AA AA 00 AA AA", 3, 1)] // It ends where the change begins.
    [InlineData("07 00 AA AA AA AA", 1, 1)] // It ended behind the input.
    public void Other_numbers_stay(string input, int position, int count)
    {
        var bytes = Bytes(input);
        Assert.All(Results(bytes, position, count), result => Assert.Equal(bytes, result));
    }

    [Property]
    public bool Only_bytes_before_the_change_are_touched(NonEmptyArray<byte> input, byte at, byte by, ulong seed)
    {
        var bytes = input.Get.ToArray();
        var position = at % bytes.Length;
        var count = by % (bytes.Length - position);
        var rng = new Rng(seed);
        LengthFields.Grow(bytes, position, count, ref rng);
        return bytes.AsSpan(position).SequenceEqual(input.Get.AsSpan(position)) && bytes.Zip(input.Get).Count(pair => pair.First != pair.Second) <= 4;
    }

    private static IEqualityComparer<byte[]> Same { get; } = EqualityComparer<byte[]>.Create((one, other) => one.AsSpan().SequenceEqual(other));

    private static IEnumerable<byte[]> Results(byte[] bytes, int position, int count)
    {
        for (var seed = 0UL; seed < 200; seed++)
        {
            var copy = bytes.ToArray();
            var rng = new Rng(seed);
            LengthFields.Grow(copy, position, count, ref rng);
            yield return copy;
        }
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", ""));
}
