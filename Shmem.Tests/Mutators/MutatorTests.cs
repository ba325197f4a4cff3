using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.Mutators;

public sealed class MutatorTests
{
    private const byte Guard = 0xA5;

    private static readonly TokenDictionary Tokens = TokenDictionary.Parse("tokens", "\"token\"\nb=\"\\x00\\xFF\"");

    [Property(MaxTest = 1000)]
    public void A_mutation_stays_within_its_capacity(ulong seed, byte[] input, byte[] other, ushort extra, bool large)
    {
        var capacity = Math.Max(1, input.Length + (large ? extra : extra % 8));
        var memory = new byte[capacity + 64];
        var mutator = new Mutator(Tokens);
        var rng = new Rng(seed);
        for (var round = 0; round < 20; round++)
        {
            Array.Fill(memory, Guard);
            input.CopyTo(memory, 0);
            var length = mutator.Mutate(memory.AsSpan(0, capacity), input.Length, other, ref rng, out var ops);
            Assert.InRange(length, 1, capacity);
            Assert.True(memory.AsSpan(capacity).IndexOfAnyExcept(Guard) < 0);
            Assert.NotEqual(MutationOps.None, ops);
        }
    }

    // A block of a byte of the input took it from what the room held before.
    [Property(MaxTest = 1000)]
    public void What_lies_in_the_room_behind_the_input_decides_nothing(ulong seed, byte[] input, byte[] other)
    {
        for (var length = Math.Min(input.Length, 8); length >= 0; length--)
            Assert.Equal(Mutate(seed + (ulong)length, input[..length], other, 4096, 0), Mutate(seed + (ulong)length, input[..length], other, 4096, 0xAA));
    }

    [Property]
    public void The_same_seed_gives_the_same_bytes(ulong seed, byte[] input, byte[] other) =>
        Assert.Equal(Mutate(seed, input, other, 4096), Mutate(seed, input, other, 4096));

    [Property]
    public bool The_spliced_entry_is_not_touched(ulong seed, byte[] input, byte[] other)
    {
        var copy = other.ToArray();
        Mutate(seed, input, other, 4096);
        return copy.AsSpan().SequenceEqual(other);
    }

    [Fact]
    public void Every_kind_of_mutation_is_reached_in_its_share()
    {
        var rng = new Rng(1);
        var mutator = new Mutator(Tokens);
        var buffer = new byte[4096];
        var counts = new Dictionary<MutationOps, int>();
        const int Rounds = 48_000;
        for (var i = 0; i < Rounds; i++)
        {
            "a[1]"u8.CopyTo(buffer);
            mutator.Mutate(buffer, 4, "xyz"u8, ref rng, out var ops);
            foreach (var op in Enum.GetValues<MutationOps>().Where(op => op != MutationOps.None && ops.HasFlag(op)))
                counts[op] = counts.GetValueOrDefault(op) + 1;
        }

        Assert.InRange(counts[MutationOps.Repeat] + counts[MutationOps.Nest], Rounds / 18, Rounds / 14);
        Assert.InRange(counts[MutationOps.Nest], Rounds / 36, Rounds / 28);
        Assert.InRange(counts[MutationOps.Splice], Rounds / 10, Rounds / 7);
        Assert.InRange(counts[MutationOps.Dictionary], Rounds / 16, Rounds / 5);
        Assert.InRange(counts[MutationOps.Havoc], Rounds * 9 / 10, Rounds);
    }

    [Fact]
    public void Small_changes_are_the_rule()
    {
        var rng = new Rng(1);
        var input = new byte[200];
        var nearly = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var result = Mutate(rng.Next(), input, [], 4096);
            if (Math.Abs(result.Length - input.Length) <= 8 && result.Count(b => b != 0) <= 4)
                nearly++;
        }

        Assert.InRange(nearly, 5_000, 9_500);
    }

    [Fact]
    public void Every_byte_of_an_input_can_become_every_other()
    {
        var rng = new Rng(1);
        var mutator = new Mutator(TokenDictionary.Empty);
        var seen = new bool[4, 256];
        var buffer = new byte[4];
        for (var i = 0; i < 200_000; i++)
        {
            buffer.AsSpan().Clear();
            mutator.Mutate(buffer, 4, [], ref rng, out _);
            for (var k = 0; k < 4; k++)
                seen[k, buffer[k]] = true;
        }

        Assert.DoesNotContain(false, seen.Cast<bool>());
    }

    [Fact]
    public void A_mutation_allocates_nothing()
    {
        var mutator = new Mutator(Tokens);
        var rng = new Rng(3);
        var buffer = new byte[1 << 16];
        byte[] other = [1, 2, 3, 4];
        Assert.Equal(0, Allocations.OfRounds(Round));

        void Round()
        {
            for (var i = 0; i < 1000; i++)
                mutator.Mutate(buffer, 1 + i % 300, other, ref rng, out _);
        }
    }

    [Fact]
    public void No_capacity_or_a_length_beyond_it_is_refused()
    {
        var mutator = new Mutator(TokenDictionary.Empty);
        Assert.Throws<ArgumentOutOfRangeException>(() => Call(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Call(4, 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Call(4, -1));

        void Call(int capacity, int length)
        {
            var rng = new Rng(0);
            mutator.Mutate(new byte[capacity], length, [], ref rng, out _);
        }
    }

    [Theory]
    [InlineData(MutationOps.None, "op:seed")]
    [InlineData(MutationOps.Havoc, "op:havoc")]
    [InlineData(MutationOps.Havoc | MutationOps.Splice | MutationOps.Dictionary, "op:havoc+splice+dictionary")]
    public void What_was_done_names_a_file(object ops, string text) => Assert.Equal(text, ((MutationOps)ops).ToFileNamePart());

    private static byte[] Mutate(ulong seed, byte[] input, byte[] other, int capacity, byte fill = 0)
    {
        var buffer = new byte[Math.Max(capacity, input.Length)];
        Array.Fill(buffer, fill);
        input.CopyTo(buffer, 0);
        var rng = new Rng(seed);
        var length = new Mutator(Tokens).Mutate(buffer, input.Length, other, ref rng, out _);
        return buffer[..length];
    }
}
