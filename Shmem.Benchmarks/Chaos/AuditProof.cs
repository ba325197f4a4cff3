using System.Net.Sockets;
using System.Runtime.Versioning;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// Whether the audit can be believed: it finds nothing where a short campaign has ended well, and each of some faults that are then made. An audit that is blind
/// or cries wolf proves nothing by its silence.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class AuditProof
{
    /// <summary>Of what an audit has slack for.</summary>
    private const int Leaks = 20;

    /// <returns>What is wrong with the audit; empty where it can be believed.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(ChaosOptions options)
    {
        using var folder = new ChaosFolder();
        var (audit, files, records) = (new KernelAudit(folder), new AcknowledgedFiles(folder.Output), new AcknowledgedRecords(folder.Output));
        IReadOnlyList<string> blind;
        using (var campaign = new FuzzerCampaign(folder, audit, files, records, options.Workers, options.Seed))
        {
            await campaign.StartAsync("memfd").ConfigureAwait(false);
            await campaign.UntilAsync(() => Directory.EnumerateFiles(Path.Combine(folder.Output, "queue"), "id*").Count() > 3, "four entries").ConfigureAwait(false);
            blind = await new SegmentAuditProof(campaign).RunAsync().ConfigureAwait(false);
            // Now: on a slow machine it may be gone before it is looked at again.
            campaign.Look();
            await campaign.StopAsync().ConfigureAwait(false);
        }

        string[] early = [.. await audit.LeftoversAsync(ChaosRun.Patience).ConfigureAwait(false), .. files.Lost(), .. records.Lost()];
        if (early.Length > 0) return [.. early.Select(line => $"found where all was well: {line}")];

        using var faults = new DeliberateFaults(folder, files, records, audit);
        string[] found = [.. audit.Leftovers(), .. files.Lost(), .. records.Lost()];
        var more = found.Length - faults.Expected.Count - found.Count(line => faults.Consequences.Any(part => line.Contains(part, StringComparison.Ordinal)));
        foreach (var line in found) Console.WriteLine($"  found: {line}");
        return
        [
            .. faults.Expected.Where(expected => !found.Any(line => line.Contains(expected, StringComparison.Ordinal))).Select(expected => $"not found: {expected}"),
            .. more > 0 ? [$"found {more} lines more than there are faults"] : Array.Empty<string>(),
            .. blind,
            .. IsBlindToSilence(folder) ? ["not found: logs of which nothing was read"] : Array.Empty<string>(),
            .. BlindToHandles().Select(kind => $"not found: growth of {kind} in a process"),
        ];
    }

    /// <summary>Whether logs of which nothing is read pass for logs that say nothing wrong. Who has none, such as a process that waits for its end, is as one whose logs are not found.</summary>
    private static bool IsBlindToSilence(ChaosFolder folder)
    {
        var records = new AcknowledgedRecords(folder.Output);
        using var silent = new ChildProcess(folder.Start("sleep", ["600"]));
        records.Look(silent.Pid);
        foreach (var line in records.Lost()) Console.WriteLine($"  found: {line}");
        return records.Lost().Count == 0;
    }

    /// <summary>Those kinds of handles whose growth is not seen in this process.</summary>
    private static IEnumerable<string> BlindToHandles()
    {
        var before = OpenHandles.Of(Environment.ProcessId);
        var files = Enumerable.Range(0, Leaks).Select(_ => File.OpenRead("/dev/null")).ToList();
        var sockets = Enumerable.Range(0, Leaks).Select(_ => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).ToList();
        try
        {
            var grown = OpenHandles.Of(Environment.ProcessId).GrownSince(before, ChaosRun.Slack).ToList();
            foreach (var line in grown) Console.WriteLine($"  found: {line}");
            return ((string[])["files", "sockets"]).Where(kind => !grown.Exists(line => line.StartsWith(kind, StringComparison.Ordinal)));
        }
        finally
        {
            files.ForEach(file => file.Dispose());
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
