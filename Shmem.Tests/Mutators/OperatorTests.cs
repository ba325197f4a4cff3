using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.Mutators;

/// <summary>Each operator by itself.</summary>
public sealed class OperatorTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    public void A_value_change_touches_one_number_of_at_most_four_bytes(int change)
    {
        Assert.InRange(change, 0, ValueChanges.Count - 1);
        var rng = new Rng(5);
        var changed = 0;
        for (var i = 0; i < 1000; i++)
        {
            byte[] before = [10, 20, 30, 40, 50, 60, 70, 80, 90];
            var after = before.ToArray();
            ValueChanges.Apply(change, after, ref rng);
            var places = Enumerable.Range(0, before.Length).Where(k => before[k] != after[k]).ToList();
            if (places.Count == 0)
                continue;
            changed++;
            Assert.InRange(places[^1] - places[0], 0, 3);
        }

        Assert.InRange(changed, 900, 1000);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    public void A_change_of_a_pair_keeps_the_check_over_both(int change)
    {
        Assert.InRange(change, 0, ValueChanges.Count - 1);
        var rng = new Rng(5);
        var input = Enumerable.Range(0, 200).Select(i => (byte)(i * 7)).ToArray();
        for (var i = 0; i < 1000; i++)
        {
            var before = input.ToArray();
            ValueChanges.Apply(change, input, ref rng);
            var places = Enumerable.Range(0, before.Length).Where(k => before[k] != input[k]).ToList();
            Assert.Equal(2, places.Count);
            Assert.InRange(places[1] - places[0], 1, 32);
            Assert.Equal(Check(change, before), Check(change, input));
        }

        static int Check(int change, byte[] bytes) => change == 10 ? bytes.Aggregate(0, (sum, b) => sum ^ b) : bytes.Sum(b => b) & 0xFF;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(11)]
    public void A_single_byte_can_be_changed_by_any(int change)
    {
        var rng = new Rng(5);
        var values = Enumerable.Range(0, 100).Select(_ =>
        {
            byte[] one = [7];
            ValueChanges.Apply(change, one, ref rng);
            return one[0];
        });
        Assert.True(values.Distinct().Count() > 3);
    }

    [Theory]
    [InlineData(0, -6, -1)]
    [InlineData(1, -6, -1)]
    [InlineData(2, 1, 7)]
    [InlineData(3, 1, 50)]
    [InlineData(4, 1, 1)]
    [InlineData(5, 0, 0)]
    [InlineData(6, 0, 0)]
    [InlineData(7, -1, 19)]
    public void A_block_change_changes_the_length_as_it_should(int change, int least, int most)
    {
        Assert.InRange(change, 0, BlockChanges.Count - 1);
        var rng = new Rng(5);
        var changed = 0;
        for (var i = 0; i < 1000; i++)
        {
            var room = new byte[57];
            "ab12cde"u8.CopyTo(room);
            var input = new MutationBuffer(room, 7);
            BlockChanges.Apply(change, ref input, ref rng);
            Assert.InRange(input.Length - 7, least, most);
            if (!input.Bytes.SequenceEqual("ab12cde"u8))
                changed++;
        }

        Assert.InRange(changed, 500, 1000);
    }

    [Property]
    public bool A_clone_is_a_block_of_the_original_put_in(ulong seed, FsCheck.NonEmptyArray<byte> original)
    {
        var bytes = original.Get;
        var room = new byte[bytes.Length * 2];
        bytes.CopyTo(room, 0);
        var input = new MutationBuffer(room, bytes.Length);
        var rng = new Rng(seed);
        BlockChanges.Apply(2, ref input, ref rng);

        var result = input.Bytes.ToArray();
        var added = result.Length - bytes.Length;
        return Enumerable.Range(0, bytes.Length + 1).Any(at =>
            result.Take(at).Concat(result.Skip(at + added)).SequenceEqual(bytes) &&
            bytes.AsSpan().IndexOf(result.AsSpan(at, added)) >= 0);
    }

    [Property]
    public bool Repetition_adds_only_copies_and_keeps_the_rest_in_order(ulong seed, FsCheck.NonEmptyArray<byte> original, ushort free)
    {
        var bytes = original.Get;
        var room = new byte[bytes.Length + free];
        bytes.CopyTo(room, 0);
        var input = new MutationBuffer(room, bytes.Length);
        var rng = new Rng(seed);
        var ops = ChunkRepetition.Apply(ref input, ref rng, out _);
        if (ops == MutationOps.None)
            return free == 0 && input.Length == bytes.Length;

        var next = 0;
        foreach (var b in input.Bytes)
        {
            if (!bytes.AsSpan().Contains(b))
                return false;
            if (next < bytes.Length && bytes[next] == b)
                next++;
        }

        return next == bytes.Length && input.Length > bytes.Length;
    }

    [Fact]
    public void Nesting_reaches_tens_of_thousands_of_balanced_brackets()
    {
        var rng = new Rng(2);
        var room = new byte[1 << 18];
        var deepest = 0;
        for (var i = 0; i < 4000; i++)
        {
            "{\"k\":[1]}"u8.CopyTo(room);
            var input = new MutationBuffer(room, 9);
            ChunkRepetition.Apply(ref input, ref rng, out _);
            var opening = input.Bytes.Count((byte)'[');
            if (opening == input.Bytes.Count((byte)']'))
                deepest = Math.Max(deepest, opening);
        }

        Assert.InRange(deepest, 50_000, 1 << 17);
    }

    [Theory]
    [InlineData("a(b(c)d)e", 0, 1, 7)]
    [InlineData("a(b(c)d)e", 2, 3, 5)]
    [InlineData("[[]]", 0, 0, 3)]
    [InlineData("<{}>", 0, 0, 3)]
    [InlineData("(( < [x]", 0, 5, 7)]
    public void A_bracket_finds_its_counterpart(string text, int start, int opening, int closing)
    {
        Assert.True(BracketPair.TryFind(System.Text.Encoding.ASCII.GetBytes(text), start, out var open, out var close));
        Assert.Equal((opening, closing), (open, close));
    }

    [Theory]
    [InlineData("no bracket")]
    [InlineData("((")]
    public void A_bracket_without_counterpart_finds_none(string text) =>
        Assert.False(BracketPair.TryFind(System.Text.Encoding.ASCII.GetBytes(text), 0, out _, out _));

    [Fact]
    public void A_decimal_number_is_replaced_by_another()
    {
        var rng = new Rng(9);
        var seen = new HashSet<string>();
        for (var i = 0; i < 2000; i++)
        {
            var room = new byte[64];
            "x=12;"u8.CopyTo(room);
            var input = new MutationBuffer(room, 5);
            if (!DecimalNumbers.Apply(ref input, ref rng))
                continue;
            var text = System.Text.Encoding.ASCII.GetString(input.Bytes);
            Assert.Matches("^x=-?[0-9]+;$", text);
            seen.Add(text);
        }

        Assert.Superset(new HashSet<string> { "x=13;", "x=11;", "x=24;", "x=6;", "x=-12;", "x=9223372036854775807;" }, seen);
    }

    [Fact]
    public void A_splice_takes_from_both()
    {
        var rng = new Rng(4);
        var results = new HashSet<string>();
        for (var i = 0; i < 2000; i++)
        {
            var room = new byte[16];
            "aaaa"u8.CopyTo(room);
            var input = new MutationBuffer(room, 4);
            Splice.Apply(ref input, "bbbbbb"u8, ref rng);
            results.Add(System.Text.Encoding.ASCII.GetString(input.Bytes));
        }

        Assert.All(results, result => Assert.Matches("^a+b*a*$|^b+a+$", result));
        Assert.Superset(new HashSet<string> { "abbbbb", "aaaabb", "aabaa", "bbaaaa" }, results);
    }
}
