using System.Collections.Concurrent;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Mutators;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// Reads all logs and writes to disk what it finds there: entries to <c>queue/</c>, findings to the judge. A record is acknowledged when its file has its
/// name, which of findings is the judge's to say. One thread at a time, but for <see cref="EntryId"/>, <see cref="AddKill"/> and the counts.
/// </summary>
/// <param name="segments">Opens the logs.</param>
/// <param name="folder">Where entries go.</param>
/// <param name="desk">Who tells of what is no finding.</param>
/// <param name="judge">Where findings go.</param>
/// <param name="executions">Executions of all workers until now: a record has only those of its worker's process.</param>
/// <param name="warn">Tells the user of a log that cannot be read.</param>
internal sealed class CorpusKeeper(BrokerSegments segments, OutputFolder folder, FindingDesk desk, DeathJudge judge, Func<long> executions, Action<string> warn) : IDisposable
{
    private readonly List<(CorpusLogReader Reader, ShMem First)> _logs = [];
    private readonly List<CorpusLogReader> _readable = [];
    private readonly HashSet<CorpusLogReader> _unread = [];
    private readonly ConcurrentDictionary<CorpusAddress, (CorpusRecord Record, int Id)> _entries = new();
    private int _found;

    /// <summary>Entries of the corpus, seeds included.</summary>
    public int Count => _entries.Count;

    /// <summary>Entries beyond the seeds.</summary>
    public int Found => Volatile.Read(ref _found);

    /// <summary>When the last entry was found, in milliseconds since this run's start; null before the first.</summary>
    public long? LastFind { get; private set; }

    /// <summary>The log of the seeds that survived the dry run: each is an entry under its own name, or keeps the file that it came from.</summary>
    /// <param name="log">It.</param>
    /// <param name="seeds">All seeds, by the numbers that the log's records have as their parents' ordinals.</param>
    public void TakeSeeds(ShMemDescription log, IReadOnlyList<TrialSeed> seeds)
    {
        var reader = Open(log);
        while (reader.TryRead(out var record))
        {
            // A record without a number is none of a verdict's; the seed's file is where it was.
            if (record.Kind != RecordKind.Entry || record.Info.Parent is not { } parent || parent.Ordinal >= seeds.Count) continue;
            var seed = seeds[(int)parent.Ordinal];
            var id = seed.QueueId ?? folder.Queue.Save(record.Payload, id => EntryName.Native.Seed(id, seed.Name)).Id;
            record.MarkPersisted();
            _entries[record.Address] = (record, id);
        }
    }

    /// <summary>One more log to read, from its first segment on.</summary>
    public void Follow(ShMemDescription log) => Open(log);

    /// <summary>Takes up what was committed since the last time. A log that is damaged, as unsafe code of a target may leave it, is read no further; the others are.</summary>
    public void Drain()
    {
        for (var log = 0; log < _readable.Count; log++)
        {
            var reader = _readable[log];
            try
            {
                Drain(reader);
            }
            catch (ShMemException unreadable)
            {
                if (_unread.Add(reader)) warn($"what the worker in slot {reader.Slot} finds is not saved: {unreadable.Message}");
                // Anything else, such as a limit that keeps the next segment from being opened, may pass.
                if (unreadable.Error == ShMemError.Invalid) _readable.RemoveAt(log--);
            }
        }
    }

    /// <summary>The number of an entry's file.</summary>
    public int? EntryId(CorpusAddress? address) => address is { } a && _entries.TryGetValue(a, out var entry) ? entry.Id : null;

    /// <summary>A child of the entry killed its worker.</summary>
    public void AddKill(CorpusAddress? address)
    {
        if (address is { } a && _entries.TryGetValue(a, out var entry)) entry.Record.AddKill();
    }

    public void Dispose()
    {
        foreach (var (reader, first) in _logs)
        {
            reader.Dispose();
            first.Dispose();
        }
    }

    private CorpusLogReader Open(ShMemDescription log)
    {
        var first = segments.Open(log);
        var reader = new CorpusLogReader(first, segments.Open);
        _logs.Add((reader, first));
        _readable.Add(reader);
        return reader;
    }

    private void Drain(CorpusLogReader reader)
    {
        while (reader.TryRead(out var record))
        {
            if (record.Kind == RecordKind.Entry) Save(record);
            else Pass(record);
        }
    }

    private void Save(CorpusRecord record)
    {
        var saved = folder.Queue.Save(record.Payload, id => EntryName.Native.Plain(id, From(record)));
        _entries[record.Address] = (record, saved.Id);
        _found++;
        LastFind = record.Info.Milliseconds;
        record.MarkPersisted();
    }

    private void Pass(CorpusRecord record)
    {
        if (Finding.FromJson(record.Details) is not { } finding) return;
        switch (finding.Kind)
        {
            // Before there is a verdict it is nowhere but here.
            case FindingKind.OutOfMemory:
                judge.PostOutOfMemory(finding, record.Payload.ToArray(), From(record), record.MarkPersisted);
                break;
            case FindingKind.MissingDependency:
                desk.TellOfMissing(finding);
                record.MarkPersisted();
                break;
            default:
                judge.PostThrown(finding, record.Payload.ToArray(), From(record), record.MarkPersisted);
                break;
        }
    }

    private Provenance From(CorpusRecord record)
    {
        var info = record.Info;
        // The file name has its own "op:".
        var operation = ((MutationOps)info.Operations).ToFileNamePart()["op:".Length..];
        return new Provenance(EntryId(info.Parent), folder.Before.Time + TimeSpan.FromMilliseconds(info.Milliseconds), folder.Before.Executions + executions(), operation);
    }
}
