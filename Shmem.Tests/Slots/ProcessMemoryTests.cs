using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Shmem.Backends.Slots;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Slots;

public sealed class ProcessMemoryTests
{
    [Fact]
    public void What_the_process_writes_the_broker_reads()
    {
        using var segment = new HeapShMemProvider().Create(ProcessMemory.SizeFor(1000));
        using var broker = ProcessMemory.Create(segment, 1000);
        using var process = ProcessMemory.Open(segment);
        process.Phase = ProcessPhase.Judging;
        process.Executions = 12;
        process.Map.Counters[999] = 5;
        Assert.Equal((ProcessPhase.Judging, 12L, (byte)5), (broker.Phase, broker.Executions, broker.Map.Counters[999]));
    }

    /// <summary>The model: what was committed, and which inputs' bytes are unchanged since.</summary>
    [Property(MaxTest = 200)]
    public void The_ring_gives_the_newest_inputs_whole_whatever_was_reserved_since(int seed, bool large, bool midMutation)
    {
        using var segment = new HeapShMemProvider().Create(ProcessMemory.SizeFor(1));
        using var memory = ProcessMemory.Create(segment, 1);
        var random = new Random(seed);
        var committed = new List<byte[]>();
        var count = random.Next(1, 200);
        for (var i = 0; i < count; i++)
        {
            var capacity = random.Next(large ? InputRing.MostBytes + 1 : 5000);
            var room = memory.Inputs.Begin(capacity);
            // The whole room is scribbled on, then only a part is the input.
            room.Fill((byte)random.Next(256));
            if (random.Next(10) == 0) continue;
            var length = random.Next(capacity + 1);
            committed.Add(memory.Inputs.Commit(length).ToArray());
        }

        if (midMutation) memory.Inputs.Begin(InputRing.MostBytes).Fill(0xEE);
        using var broker = ProcessMemory.Open(segment);
        var copied = broker.Inputs.CopyInputs();
        Assert.True(copied.Count <= InputRing.Entries);
        Assert.True(copied.Count >= Math.Min(committed.Count, large ? 1 : InputRing.Entries));
        for (var i = 0; i < copied.Count; i++)
        {
            Assert.Equal(committed.Count - i, copied[i].Number);
            Assert.Equal(committed[^(i + 1)], copied[i].Bytes);
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(200_000)]
    public async Task The_inputs_of_a_process_killed_while_mutating_are_whole(int length)
    {
        using var segment = new StdShMemProvider().Create(ProcessMemory.SizeFor(1000));
        using var memory = ProcessMemory.Create(segment, 1000);

        var peer = await PeerProcess.RunAsync(TimeSpan.FromMinutes(1), "mutate", $"{segment.Id}/{segment.Length}", $"{length}");

        Assert.Equal(PeerProcess.Killed, peer.ExitCode);
        Assert.Equal((ProcessPhase.Mutating, 100L), (memory.Phase, memory.Executions));
        var copied = memory.Inputs.CopyInputs();
        // The ring holds 4 MiB; 1 MiB is reserved by the input being made, and a wrap may leave one input's room unused.
        if (length == 10) Assert.Equal(InputRing.Entries, copied.Count);
        else Assert.InRange(copied.Count, 14, 15);
        for (var i = 0; i < copied.Count; i++)
        {
            Assert.Equal(100 - i, copied[i].Number);
            Assert.Equal(length, copied[i].Bytes.Length);
            Assert.DoesNotContain(copied[i].Bytes, b => b != 100 - i);
        }
    }

    // Half of the deaths met the one's slot beside the other's ordinal.
    [Fact]
    public async Task The_parent_of_a_process_killed_while_it_goes_to_the_next_is_whole_or_none()
    {
        using var segment = new StdShMemProvider().Create(ProcessMemory.SizeFor(1));
        using var memory = ProcessMemory.Create(segment, 1);
        for (var i = 0; i < 6; i++)
        {
            memory.Parent = null;
            await using var peer = await PeerSession.Start([], ["parents", $"{segment.Id}/{segment.Length}"], prepare: null);
            Assert.True(SpinWait.SpinUntil(() => memory.Parent is not null, TimeSpan.FromMinutes(1)));
            await peer.Kill();
            Assert.Contains(memory.Parent, (CorpusAddress?[])[null, new(1, 11), new(2, 22)]);
        }
    }

    [Property(MaxTest = 1000)]
    public void Damaged_bytes_are_refused_or_read_within_the_mapping(ushort word, long value, bool small)
    {
        using var segment = new HeapShMemProvider().Create(ProcessMemory.SizeFor(1));
        using (var memory = ProcessMemory.Create(segment, 1))
        {
            for (var i = 0; i < 70; i++)
            {
                memory.Inputs.Begin(100);
                memory.Inputs.Commit(100);
            }
        }

        segment.Ref<long>(word * 8 % 4096) = small ? value % (8 << 20) : value;
        try
        {
            using var opened = ProcessMemory.Open(segment);
            foreach (var input in opened.Inputs.CopyInputs()) Assert.True(input.Bytes.Length <= InputRing.MostBytes);
        }
        catch (ShMemException e)
        {
            Assert.Equal(ShMemError.Invalid, e.Error);
        }
    }

    [Fact]
    public void What_was_not_reserved_is_not_committed()
    {
        using var segment = new HeapShMemProvider().Create(ProcessMemory.SizeFor(1));
        using var memory = ProcessMemory.Create(segment, 1);
        Assert.Throws<InvalidOperationException>(() => memory.Inputs.Commit(0));
        memory.Inputs.Begin(10);
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Inputs.Commit(11));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Inputs.Begin(InputRing.MostBytes + 1));
        memory.Inputs.Commit(10);
        Assert.Throws<InvalidOperationException>(() => memory.Inputs.Commit(0));
    }
}
