using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.PosixShm;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Tests.Workers;

namespace Shmem.Tests.EndToEnd;

/// <summary>
/// The entries and findings that a fuzzer on the backend posix has acknowledged, read in the logs of its workers, which the reader has mapped: they stay when all others are killed.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class AcknowledgedEntries : IDisposable
{
    private readonly List<(ShMem First, CorpusLogReader Reader)> _logs = [];
    private readonly List<CorpusRecord> _entries = [];
    private readonly List<CorpusRecord> _findings = [];

    /// <param name="fuzzer">The pid of the broker, which has given each worker its slot.</param>
    public AcknowledgedEntries(int fuzzer)
    {
        foreach (var path in PosixSegments.MappedBy(fuzzer))
        {
            ShMem? segment = null;
            try
            {
                segment = PosixSegments.Open(path);
                _logs.Add((segment, new CorpusLogReader(segment, next => new PosixShMemProvider().Open(next))));
            }
            catch (Exception other) when (other is ShMemException or IOException)
            {
                // Something else, or gone meanwhile.
                segment?.Dispose();
            }
        }
    }

    /// <summary>Returns as soon as can be after one more was acknowledged.</summary>
    public void UntilOneMore()
    {
        Read();
        var acknowledged = Count();
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); Count() == acknowledged; Read())
        {
            if (clock.Elapsed > PeerCommand.Patience) throw new TimeoutException($"{acknowledged} entries are acknowledged, and no more.");
            // What is committed is acknowledged within a moment.
            if (_entries.Count == acknowledged) Thread.Sleep(1);
        }
    }

    /// <summary>Their test cases, in hexadecimal digits.</summary>
    public HashSet<string> TestCases()
    {
        Read();
        return _entries.Where(entry => entry.IsPersisted).Select(entry => Convert.ToHexString(entry.Payload)).ToHashSet();
    }

    /// <summary>The findings, each with the test case that met it, in hexadecimal digits.</summary>
    public IReadOnlyList<(Finding Finding, string TestCase)> Findings()
    {
        Read();
        return [.. _findings.Where(record => record.IsPersisted).Select(record => (Finding.FromJson(record.Details)!, Convert.ToHexString(record.Payload)))];
    }

    public void Dispose()
    {
        foreach (var (first, reader) in _logs)
        {
            reader.Dispose();
            first.Dispose();
        }
    }

    private int Count() => _entries.Count(entry => entry.IsPersisted);

    private void Read()
    {
        foreach (var (_, reader) in _logs)
        {
            while (reader.TryRead(out var record))
                (record.Kind == RecordKind.Entry ? _entries : _findings).Add(record);
        }
    }
}
