using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// Everything that the logs of a campaign's brokers say is on disk, which is what acknowledges an entry or a finding: remembered outside of them while they live, and looked for on the disk later. A
/// flag that is set before its file has its name would pass by everything that is learnt from the disk.
/// </summary>
internal sealed class AcknowledgedRecords(string output)
{
    private readonly Dictionary<(RecordKind Kind, string Hash, string? Key), AcknowledgedRecord> _records = [];

    /// <summary>Those that this broker has acknowledged, for each is read anew at each look, and hashed once.</summary>
    private readonly HashSet<(string Log, long Ordinal)> _ofBroker = [];

    /// <summary>How many each broker has acknowledged, as far as it was seen.</summary>
    private readonly Dictionary<int, int> _brokers = [];

    private readonly HashSet<string> _damaged = new(StringComparer.Ordinal);
    private int _broker;

    /// <summary>How many were read. Each broker acknowledges again what was in the queue at its start.</summary>
    public string Summary => $"{_brokers.Values.Sum()} acknowledgements read from the logs of {_brokers.Count} brokers, of "
        + $"{_records.Keys.Count(record => record.Kind == RecordKind.Entry)} entries and {_records.Keys.Count(record => record.Kind == RecordKind.Finding)} findings";

    /// <summary>Takes up what a broker's logs acknowledge now.</summary>
    public void Look(int broker)
    {
        if (_broker != broker) _ofBroker.Clear();
        _broker = broker;
        foreach (var log in ForeignLogs.Of(broker))
            using (log) Take(log);
        _brokers[broker] = _ofBroker.Count;
    }

    /// <summary>What is acknowledged and not on disk, one line each; and where nothing is seen, for then it is the audit that fails.</summary>
    public IReadOnlyList<string> Lost()
    {
        var entries = ContentHash.OfInputs(output, "queue");
        var findings = new SettledFindings(output);
        var lost = _records.Values.Where(record => !(record.Kind == RecordKind.Entry ? entries.Contains(record.Hash) : findings.Has(record)));
        return
        [
            .. lost.Select(record => $"acknowledged in a log and not on disk: {record}"),
            .. _damaged.Select(why => $"a log cannot be read: {why}"),
            .. _brokers.Where(broker => broker.Value == 0).Select(broker => $"no acknowledgement was read from the logs of the broker with pid {broker.Key}"),
            .. _brokers.Count == 0 ? ["no broker's logs were read"] : Array.Empty<string>(),
        ];
    }

    private void Take(CorpusLogReader log)
    {
        var name = log.Current.Id.ToString();
        try
        {
            while (log.TryRead(out var record))
            {
                if (!record.IsPersisted || !_ofBroker.Add((name, record.Address.Ordinal))) continue;
                var finding = record.Kind == RecordKind.Finding ? Finding.FromJson(record.Details) : null;
                var hash = ContentHash.Of(record.Payload);
                _records.TryAdd((record.Kind, hash, finding?.Key), new AcknowledgedRecord(name, record.Address.Ordinal, record.Kind, hash, finding));
            }
        }
        catch (ShMemException unreadable)
        {
            // Else its next segment is gone with its broker.
            if (unreadable.Error == ShMemError.Invalid) _damaged.Add(unreadable.Message);
        }
    }
}
