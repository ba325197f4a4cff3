using System.Diagnostics;
using Shmem.Backends;
using Shmem.Backends.Coverage;
using Shmem.Backends.Heap;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Tests.Lifetime;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

/// <summary>Finds shortened. The target here hits the edge n when the byte n stands in the input, as often as it does.</summary>
public sealed class TrimmerTests : IDisposable
{
    private const int Edges = 256;

    private readonly HeapShMemProvider _provider = new();
    private readonly ShMem _process;
    private readonly ShMem _boardSegment;
    private readonly ProcessMemory _memory;
    private readonly CoverageBoard _board;
    private readonly List<(byte[] Input, Exception Thrown)> _thrown = [];
    private readonly ManualTime _time = new();
    private int _runs;
    private TimeSpan _runTakes;

    public TrimmerTests()
    {
        _process = _provider.Create(ProcessMemory.SizeFor(Edges));
        _memory = ProcessMemory.Create(_process, Edges);
        _boardSegment = _provider.Create(CoverageBoard.SizeFor(Edges));
        _board = CoverageBoard.Create(_boardSegment, new MapIdentity(new byte[MapIdentity.Size]), Edges);
    }

    public void Dispose()
    {
        _board.Dispose();
        _boardSegment.Dispose();
        _memory.Dispose();
        _process.Dispose();
    }

    [Fact]
    public void What_is_known_already_goes_and_what_is_new_stays()
    {
        _board.Merge(Ran([.. Enumerable.Range(1, 200).Select(i => (byte)i)]), BoardKind.Queue);
        byte[] input = [.. Enumerable.Range(1, 60).Select(i => (byte)i), 250, .. Enumerable.Range(101, 60).Select(i => (byte)i)];
        var shortened = Trim(input);
        Assert.Contains((byte)250, shortened);
        Assert.InRange(shortened.Length, 1, 8);
        Assert.Equal(Ran(shortened).Counters.ToArray(), _mapAfter);
    }

    [Fact]
    public void A_count_that_is_new_stays_as_high()
    {
        _board.Merge(Ran([7, 8]), BoardKind.Queue);
        var shortened = Trim([8, 8, 8, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 8]);
        Assert.InRange(shortened.Count(b => b == 7), 8, 9);
    }

    [Fact]
    public void An_input_that_is_all_news_stays_whole()
    {
        byte[] input = [.. Enumerable.Range(1, 60).Select(i => (byte)i)];
        Assert.Equal(input, Trim(input));
    }

    [Fact]
    public void A_target_that_does_not_repeat_itself_keeps_what_it_did_first()
    {
        var map = Ran([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]).Counters.ToArray();
        var trimmer = new Trimmer(_memory, _board, _ =>
        {
            _memory.Map.Clear();
            return null;
        }, _time);
        Assert.Equal(10, trimmer.Trim([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 1, (_, _, _) => { }).Length);
        Assert.Equal(map, _memory.Map.Counters.ToArray());
    }

    [Fact]
    public void An_exception_on_the_way_is_handed_over_with_its_input()
    {
        _board.Merge(Ran([.. Enumerable.Range(1, 200).Select(i => (byte)i)]), BoardKind.Queue);
        // The target is in trouble when the 66 is there without its 65.
        byte[] input = [1, 2, 3, 4, 65, 5, 6, 7, 66, 8, 9, 10, 250, 11, 12, 13];
        var shortened = Trim(input);
        Assert.Contains((byte)250, shortened);
        var (thrower, thrown) = Assert.Single(_thrown.DistinctBy(t => t.Thrown.Message));
        Assert.Contains((byte)66, thrower);
        Assert.DoesNotContain((byte)65, thrower);
        Assert.IsType<InvalidOperationException>(thrown);
    }

    [Fact]
    public void A_large_input_costs_no_more_than_its_budget()
    {
        Trim([.. Enumerable.Range(0, 100_000).Select(i => (byte)(1 + i % 250))]);
        Assert.InRange(_runs, 1, 257);
    }

    [Fact]
    public void What_takes_long_is_shortened_no_further()
    {
        _board.Merge(Ran([.. Enumerable.Range(1, 200).Select(i => (byte)i)]), BoardKind.Queue);
        byte[] input = [250, .. Enumerable.Range(1, 60).Select(i => (byte)i)];
        _runTakes = TimeSpan.FromMilliseconds(10);
        Assert.Equal(31, Trim(input).Length);
    }

    [Theory]
    // No run takes less than nothing: it shows which of the two times is told.
    [InlineData(-1, 1)]
    [InlineData(40, 0)]
    public void What_cannot_be_shortened_is_run_once_more_for_its_time_where_that_is_too_short_for_the_clock(int milliseconds, int more)
    {
        byte[] input = [250];
        var map = Ran(input).Counters.ToArray();
        var trimmer = new Trimmer(_memory, _board, Run, _time);
        _runs = 0;
        var elapsed = milliseconds * Stopwatch.Frequency / 1000;
        Assert.Equal(input, trimmer.Trim(input, elapsed, (_, _, _) => { }).ToArray());
        Assert.Equal(more, _runs);
        Assert.Equal(map, _memory.Map.Counters.ToArray());
        if (more == 0) Assert.Equal(elapsed, trimmer.Elapsed);
        else Assert.InRange(trimmer.Elapsed, 0, long.MaxValue);
    }

    [Fact]
    public void An_exception_of_the_run_for_its_time_is_handed_over_and_the_input_stays_what_it_was()
    {
        byte[] input = [250];
        var map = Ran(input).Counters.ToArray();
        var trimmer = new Trimmer(_memory, _board, _ =>
        {
            _memory.Map.Clear();
            return new InvalidOperationException();
        }, _time);
        Assert.Equal(input, trimmer.Trim(input, -1, (thrower, thrown, took) =>
        {
            Assert.InRange(took, 0, long.MaxValue);
            _thrown.Add((thrower, thrown));
        }).ToArray());
        Assert.Equal(input, Assert.Single(_thrown).Input);
        Assert.Equal(map, _memory.Map.Counters.ToArray());
    }

    private byte[] _mapAfter = [];

    private byte[] Trim(byte[] input)
    {
        Ran(input);
        var trimmer = new Trimmer(_memory, _board, Run, _time);
        var shortened = trimmer.Trim(input, 1, (thrower, thrown, _) => _thrown.Add((thrower, thrown))).ToArray();
        _mapAfter = _memory.Map.Counters.ToArray();
        return shortened;
    }

    private CoverageMap Ran(byte[] input)
    {
        Run(input);
        return _memory.Map;
    }

    private InvalidOperationException? Run(ReadOnlySpan<byte> input)
    {
        _runs++;
        _time.Advance(_runTakes);
        _memory.Map.Clear();
        foreach (var b in input) _memory.Map.Counters[b]++;
        return input.Contains((byte)66) && !input.Contains((byte)65) ? new InvalidOperationException("66") : null;
    }
}
