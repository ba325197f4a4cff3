using System.Numerics;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Worker;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>A slot's log and checkpoint, which outlive its workers. The campaign's provider owns the segments; these are the broker's views.</summary>
internal sealed class SlotMemory : IDisposable
{
    private readonly List<ShMem> _log;
    private readonly ShMem _checkpoint;

    /// <summary>For each of the checkpoint's areas, segments for states that are larger. A smaller one may still hold the newest state when the next is given; each is twice the last.</summary>
    private readonly List<ShMem>[] _larger = [[], []];

    private readonly int _slot;
    private readonly int _checkpointBytes;

    /// <summary>The number of the last segment of the log that a committed link is known to lead to. Behind it there may be one that is laid out and not yet begun.</summary>
    private int _reached;

    private SlotMemory(int slot, ShMem log, ShMem checkpoint, int checkpointBytes)
    {
        _slot = slot;
        _log = [log];
        _checkpoint = checkpoint;
        _checkpointBytes = checkpointBytes;
    }

    /// <summary>The log's first segment, from which everybody reads it.</summary>
    public NamedSegment FirstLog => new(SegmentNames.Log, _slot, _log[0].Description);

    /// <summary>What a worker of the slot needs: the log, whose links lead it to the last segment, and the checkpoint.</summary>
    public SlotSegments Segments => new(_log[0].Description, _checkpoint.Description);

    /// <exception cref="ShMemException">A segment is not to be had; none is left then.</exception>
    public static SlotMemory Create(BrokerSegments segments, int slot, int checkpointBytes)
    {
        var log = segments.Create(CorpusLog.DefaultSegment, $"log of slot {slot}");
        try
        {
            CorpusLogWriter.Create(log, slot).Dispose();
            var checkpoint = segments.Create(SlotCheckpoint.SizeFor(checkpointBytes), $"checkpoint of slot {slot}");
            SlotCheckpoint.Create(checkpoint, checkpointBytes).Dispose();
            return new SlotMemory(slot, log, checkpoint, checkpointBytes);
        }
        catch
        {
            segments.Release(log.Description);
            log.Dispose();
            throw;
        }
    }

    /// <summary>The log's segment of that number, made when it is first asked for.</summary>
    public ShMemDescription Next(BrokerSegments segments, int sequence)
    {
        if (sequence > _log.Count)
        {
            throw new ShMemException(ShMemError.Invalid, $"give slot {_slot} the segment {sequence} of its log", $"it has {_log.Count}",
                "Ask for the one behind the last.");
        }

        if (sequence == _log.Count) _log.Add(segments.Create(CorpusLog.DefaultSegment, $"log of slot {_slot}"));
        return _log[sequence].Description;
    }

    /// <summary>A segment of at least that size for the states of an area of the checkpoint.</summary>
    public ShMemDescription Larger(BrokerSegments segments, int area, int size)
    {
        var own = _larger[area];
        if (own.Count == 0 || own[^1].Length < size) own.Add(segments.Create(BitOperations.RoundUpToPowerOf2((uint)size), $"checkpoint of slot {_slot}"));
        return own[^1].Description;
    }

    /// <summary>Finishes the claim of the slot's worker, which is gone. A checkpoint that it has damaged is laid out anew, with no state in it.</summary>
    /// <exception cref="ShMemException">The log is damaged (<see cref="ShMemError.Invalid"/>), or something that may pass keeps a segment of it from being opened.</exception>
    public void Recover(BrokerSegments segments)
    {
        if (!HasSoundCheckpoint())
        {
            _checkpoint.Span.Clear();
            SlotCheckpoint.Create(_checkpoint, _checkpointBytes).Dispose();
        }

        CorpusLog.Recover(_log[_reached], next => View(next, segments));
    }

    /// <summary>The segment that a link leads to: by our own view, which needs neither descriptor nor mapping, where it is one that we gave.</summary>
    private ShMem View(ShMemDescription next, BrokerSegments segments)
    {
        var number = _log.FindIndex(log => log.Id == next.Id);
        if (number < 0) return segments.Open(next);
        _reached = Math.Max(_reached, number);
        return _log[number].Clone();
    }

    /// <summary>A worker dies of one that it cannot open, and so would each of its successors.</summary>
    private bool HasSoundCheckpoint()
    {
        try
        {
            using var checkpoint = SlotCheckpoint.Open(_checkpoint);
            return checkpoint.Capacity == _checkpointBytes;
        }
        catch (ShMemException damaged) when (damaged.Error == ShMemError.Invalid)
        {
            return false;
        }
    }

    public void Dispose()
    {
        foreach (var log in _log) log.Dispose();
        foreach (var larger in _larger.SelectMany(own => own)) larger.Dispose();
        _checkpoint.Dispose();
    }
}
