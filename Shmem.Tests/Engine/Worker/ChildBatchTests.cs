using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

public sealed class ChildBatchTests : IDisposable
{
    private readonly HeapShMemProvider _provider = new();
    private readonly ShMem _log;
    private readonly CorpusLogWriter _writer;
    private readonly SharedCorpus _corpus;
    private readonly Mutator _mutator = new(TokenDictionary.Empty);

    public ChildBatchTests()
    {
        _log = _provider.Create(8 << 20);
        _writer = CorpusLogWriter.Create(_log, 0);
        _corpus = new SharedCorpus(new WorkerSegments(_provider), new Scheduler(16));
        _corpus.Follow(_log.Description);
    }

    public void Dispose()
    {
        _writer.Dispose();
        _log.Dispose();
    }

    /// <summary>The model: the same children made alone, one after the other.</summary>
    [Property(MaxTest = 200)]
    public void The_children_of_a_batch_are_those_that_are_made_one_by_one(ulong seed, ushort length, byte most)
    {
        Add(length);
        var (batched, single) = (new Rng(seed), new Rng(seed));
        var (batch, alone) = (new ChildBatch(_corpus, _mutator), new ChildBatch(_corpus, _mutator));
        batch.Make(_corpus.Count - 1, 1 + most, ref batched);
        Assert.InRange(batch.Count, 1, Math.Min(1 + most, ChildBatch.Most));
        for (var child = 0; child < batch.Count; child++)
        {
            alone.Make(_corpus.Count - 1, 1, ref single);
            Assert.Equal(1, alone.Count);
            Assert.True(alone[0].SequenceEqual(batch[child]));
            Assert.Equal(alone.OperationsOf(0), batch.OperationsOf(child));
        }

        Assert.Equal(single.Next(), batched.Next());
    }

    [Theory]
    [InlineData(100, ChildBatch.Most, ChildBatch.Most)]
    [InlineData(20_000, 2, 8)]
    [InlineData(CorpusLog.MostPayload, 1, 2)]
    public void Large_children_make_a_batch_short(int length, int fewest, int most)
    {
        Add(length);
        var rng = new Rng(1);
        var batch = new ChildBatch(_corpus, _mutator);
        var counts = new List<int>();
        for (var i = 0; i < 100; i++)
        {
            batch.Make(0, int.MaxValue, ref rng);
            counts.Add(batch.Count);
        }

        Assert.Contains(fewest, counts);
        Assert.All(counts, count => Assert.InRange(count, 1, most));
    }

    [Fact]
    public unsafe void Each_child_begins_at_a_multiple_of_64_as_in_the_ring()
    {
        Add(100);
        var rng = new Rng(1);
        var batch = new ChildBatch(_corpus, _mutator);
        batch.Make(0, ChildBatch.Most, ref rng);
        for (var child = 0; child < batch.Count; child++)
        {
            fixed (byte* bytes = batch[child]) Assert.Equal(0, (nint)bytes % 64);
        }
    }

    [Fact]
    public void A_batch_allocates_nothing()
    {
        Add(1000);
        var rng = new Rng(1);
        var batch = new ChildBatch(_corpus, _mutator);
        Assert.Equal(0, Allocations.OfRounds(() => batch.Make(0, ChildBatch.Most, ref rng)));
    }

    private void Add(int length)
    {
        var payload = new byte[length];
        new Random(length).NextBytes(payload);
        Assert.True(_writer.Append(RecordKind.Entry, payload, default, default));
        _corpus.Drain();
    }
}
