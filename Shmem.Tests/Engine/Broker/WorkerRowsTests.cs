using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class WorkerRowsTests : IDisposable
{
    private readonly ShMem _segment = new HeapShMemProvider().Create(ProcessMemory.SizeFor(64));
    private readonly ProcessMemory _memory;
    private readonly WorkerRows _rows = new(2);

    public WorkerRowsTests() => _memory = ProcessMemory.Create(_segment, 64);

    public void Dispose()
    {
        _memory.Dispose();
        _segment.Dispose();
    }

    [Fact]
    public void A_slot_without_a_process_has_a_row_and_the_first_process_is_the_first_generation() =>
        Assert.Equal(["0 1 42 running", "1 0  starting"], Rows(Worker(0), Worker(null)));

    [Fact]
    public void A_slot_whose_process_was_replaced_meanwhile_has_one_row() => Assert.Equal(["0 1 42 running", "1 1 42 running"], Rows(Worker(0), Worker(1), Worker(0)));

    [Fact]
    public void A_slot_that_is_parked_or_gave_up_says_so_and_beside_a_parked_one_there_is_another()
    {
        _rows.Park(0);
        Assert.Equal(["0 1 42 parked", "1 1 42 running", "2 0  starting"], Rows(Worker(0), Worker(1)));
        _rows.GiveUp(1);
        Assert.Equal(["0 1 42 parked", "1 0  gave up", "2 1 42 running"], Rows(Worker(0), Worker(2)));
    }

    [Fact]
    public void When_the_campaign_stops_nothing_is_starting()
    {
        _rows.GiveUp(1);
        _rows.Stop();
        Assert.Equal(["0 0  ended", "1 0  gave up"], Rows());
    }

    private IEnumerable<string> Rows(params LiveWorker[] living) =>
        _rows.Of(living, TimeSpan.FromSeconds(1)).Select(row => $"{row.Slot} {row.Generation} {row.Pid} {row.State}");

    private LiveWorker Worker(int? slot) => new(1, _memory, new ProgressWatch(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1))) { Slot = slot, Pid = 42 };
}
