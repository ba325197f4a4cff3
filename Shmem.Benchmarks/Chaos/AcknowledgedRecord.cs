using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Benchmarks.Chaos;

/// <summary>A record that a log says is on disk.</summary>
/// <param name="Log">The id of the log's first segment.</param>
/// <param name="Ordinal">The record's number in the log.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Hash">Of its test case.</param>
/// <param name="Finding">What its details say; null for an entry, and where they say nothing that can be read.</param>
internal sealed record AcknowledgedRecord(string Log, long Ordinal, RecordKind Kind, string Hash, Finding? Finding)
{
    public override string ToString() =>
        $"{(Kind == RecordKind.Entry ? "entry" : $"finding '{Finding?.Key}'")}, record {Ordinal} of log {Log}, SHA-256 {Hash}";
}
