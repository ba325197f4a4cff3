using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Runtime.Versioning;
using Shmem.Backends.Memfd;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// Whether the audit of segments can be believed: of a living campaign on memfds it says nothing, and one leak of each kind it finds, and nothing else. What leaks is this process's, and is
/// counted as the broker's, or as that of one more process of the campaign.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SegmentAuditProof(FuzzerCampaign campaign)
{
    /// <summary>Only to end a run that would wait for ever: nothing that comes and goes is there for so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly int Self = Environment.ProcessId;

    private readonly List<string> _wrong = [];

    /// <returns>What is wrong with the audit; empty where it can be believed.</returns>
    public async Task<IReadOnlyList<string>> RunAsync()
    {
        await ExpectAsync(isBroker: false).ConfigureAwait(false);
        if (_wrong.Count > 0) return _wrong;
        using (new MemfdShMemProvider().Create(1))
        {
            var leaked = OpenHandles.Of(Self).Segments.Single();
            await ExpectAsync(isBroker: true, $"the broker's segment {leaked} is nobody's").ConfigureAwait(false);
            await ExpectAsync(isBroker: false, $"process {Self}'s segment {leaked} is not the broker's", $"process {Self} has a descriptor of segment {leaked}").ConfigureAwait(false);
        }

        // A log, of which the broker has all views that it needs.
        var broker = OpenHandles.Of(campaign.BrokerPid);
        var log = broker.Segments.First(segment => broker.Views(segment) == SegmentAudit.MostViewsOfBroker);
        var views = new List<MemoryMappedViewAccessor>();
        using (var memory = Open(broker.Descriptors(log)[0]))
        {
            await ExpectAsync(isBroker: true, $"the broker has more than one descriptor of segment {log}").ConfigureAwait(false);
            await ExpectAsync(isBroker: false, $"process {Self} has a descriptor of segment {log}").ConfigureAwait(false);
            for (var i = 0; i <= SegmentAudit.MostViewsOfOthers; i++) views.Add(memory.CreateViewAccessor(0, 1, MemoryMappedFileAccess.Read));
        }

        await ExpectAsync(isBroker: false, $"process {Self} has more than {SegmentAudit.MostViewsOfOthers} views of segment {log}").ConfigureAwait(false);
        foreach (var more in views[1..]) more.Dispose();
        using (views[0])
            await ExpectAsync(isBroker: true, $"the broker has more than {SegmentAudit.MostViewsOfBroker} views of segment {log}").ConfigureAwait(false);
        return _wrong;
    }

    private static MemoryMappedFile Open(string descriptor) => MemoryMappedFile.CreateFromFile(
        File.OpenHandle(descriptor, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite), null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);

    /// <summary>Looks until nothing else is left than what is expected.</summary>
    private async Task ExpectAsync(bool isBroker, params string[] expected)
    {
        var audit = new SegmentAudit();
        var clock = Stopwatch.StartNew();
        do
        {
            await Task.Delay(Pause).ConfigureAwait(false);
            campaign.ThrowIfEnded();
            var broker = isBroker ? OpenHandles.Of(campaign.BrokerPid, Self) : OpenHandles.Of(campaign.BrokerPid);
            var others = campaign.HandlesOfChildren();
            audit.Look(broker, isBroker ? others : others.Append(new(Self, OpenHandles.Of(Self))).ToDictionary());
        }
        while (audit.Faults.Except(expected).Any() && clock.Elapsed < Patience);

        foreach (var line in audit.Faults) Console.WriteLine($"  found: {line}");
        _wrong.AddRange(audit.Faults.Except(expected).Select(line => $"found where there is no such fault: {line}"));
        _wrong.AddRange(expected.Except(audit.Faults).Select(line => $"not found: {line}"));
    }
}
