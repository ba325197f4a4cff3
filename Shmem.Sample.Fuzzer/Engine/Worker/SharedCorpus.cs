using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Engine.Scheduling;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// The entries of all logs, as one worker sees them, in the order in which it learnt of them. The bytes stay in the segments. One thread.
/// </summary>
/// <remarks>A log that is damaged, as unsafe code of some worker's target may leave it, is read no further: it is no reason to die. The broker tells the user.</remarks>
internal sealed class SharedCorpus(WorkerSegments segments, Scheduler scheduler)
{
    private Dictionary<CorpusAddress, SavedEntryState> _saved = [];

    private readonly List<(CorpusLogReader Reader, ShMem First)> _logs = [];
    private readonly List<CorpusLogReader> _readable = [];

    /// <summary>Logs that are to be followed as soon as they can be opened.</summary>
    private readonly List<ShMemDescription> _unopened = [];

    private readonly List<CorpusRecord> _entries = [];
    private readonly Dictionary<CorpusAddress, int> _numbers = [];
    private readonly List<int> _depths = [];
    private readonly List<int> _kills = [];

    public int Count => _entries.Count;

    /// <summary>An entry; its bytes stay valid until the process ends.</summary>
    public CorpusRecord this[int entry] => _entries[entry];

    /// <summary>How often children of the entry have killed workers, as far as <see cref="TakeKills"/> has told.</summary>
    public int KnownKills(int entry) => _kills[entry];

    /// <summary>How often children of the entry killed workers since this was last asked.</summary>
    public int TakeKills(int entry)
    {
        var kills = _entries[entry].Kills - _kills[entry];
        _kills[entry] += kills;
        return kills;
    }

    /// <summary>What the worker before this one in its slot knew. For entries that are here already, and for those that come.</summary>
    public void Restore(Dictionary<CorpusAddress, SavedEntryState> saved)
    {
        _saved = saved;
        for (var entry = 0; entry < Count; entry++) Restore(entry);
    }

    /// <summary>One more log, read from its first segment on. The second time nothing happens.</summary>
    public void Follow(ShMemDescription log)
    {
        if (_logs.Exists(known => known.First.Id == log.Id) || _unopened.Contains(log)) return;
        if (!TryFollow(log)) _unopened.Add(log);
    }

    /// <summary>
    /// Takes up what the logs' writers have committed since the last time. Where a segment cannot be opened for now, nothing more is taken up until it is time to try again.
    /// </summary>
    public void Drain()
    {
        if (segments.IsShort) return;
        if (_unopened.Count > 0) _unopened.RemoveAll(TryFollow);
        for (var log = 0; log < _readable.Count; log++)
        {
            try
            {
                Drain(_readable[log]);
            }
            catch (ShMemException unreadable) when (unreadable.Error == ShMemError.Invalid)
            {
                _readable.RemoveAt(log--);
            }
            catch (ShMemException refused) when (segments.PutOff(refused))
            {
                // Its reader stays before the link, and the others go on.
            }
        }
    }

    /// <returns>False where the log is to be opened later.</returns>
    private bool TryFollow(ShMemDescription log)
    {
        if (segments.TryOpen(log) is not { } first) return false;
        CorpusLogReader reader;
        try
        {
            reader = new CorpusLogReader(first, segments.Open);
        }
        catch (ShMemException unreadable) when (unreadable.Error == ShMemError.Invalid)
        {
            first.Dispose();
            return true;
        }

        _logs.Add((reader, first));
        _readable.Add(reader);
        return true;
    }

    private void Drain(CorpusLogReader reader)
    {
        while (reader.TryRead(out var record))
        {
            if (record.Kind != RecordKind.Entry) continue;
            var parent = record.Info.Parent is { } address && _numbers.TryGetValue(address, out var number) ? number : -1;
            var depth = parent < 0 ? 0 : _depths[parent] + 1;
            var entry = scheduler.Add(new EntryStats(record.Payload.Length, depth, parent, record.Info.ExecutionNanoseconds));
            _entries.Add(record);
            _depths.Add(depth);
            _kills.Add(0);
            _numbers[record.Address] = entry;
            Restore(entry);
        }
    }

    private void Restore(int entry)
    {
        if (!_saved.Remove(_entries[entry].Address, out var saved)) return;
        scheduler.Restore(entry, saved.Memory);
        _kills[entry] = Math.Clamp(saved.Kills, 0, _entries[entry].Kills);
    }
}
