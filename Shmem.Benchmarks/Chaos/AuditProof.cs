using System.Net.Sockets;
using System.Runtime.Versioning;
using Shmem.Backends.Memfd;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// Whether the audit can be believed: it finds nothing where a short campaign has ended well, and each of some faults that are then made. An audit that is blind
/// or cries wolf proves nothing by its silence.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class AuditProof
{
    private const int Leaks = 20;

    /// <returns>What is wrong with the audit; empty where it can be believed.</returns>
    public static async Task<IReadOnlyList<string>> RunAsync(ChaosOptions options)
    {
        using var folder = new ChaosFolder();
        var (audit, files) = (new KernelAudit(folder), new AcknowledgedFiles(folder.Output));
        using (var campaign = new FuzzerCampaign(folder, audit, files, options.Workers, options.Seed))
        {
            await campaign.StartAsync("memfd").ConfigureAwait(false);
            await campaign.UntilAsync(() => Directory.EnumerateFiles(Path.Combine(folder.Output, "queue"), "id*").Count() > 3, "four entries").ConfigureAwait(false);
            await campaign.StopAsync().ConfigureAwait(false);
        }

        string[] early = [.. await audit.LeftoversAsync(ChaosRun.Patience).ConfigureAwait(false), .. files.Lost()];
        if (early.Length > 0) return [.. early.Select(line => $"found where all was well: {line}")];

        using var faults = new DeliberateFaults(folder, files, audit);
        string[] found = [.. audit.Leftovers(), .. files.Lost()];
        // The count of entries that the output claimed is the one fault that follows from another.
        var more = found.Length - faults.Expected.Count - found.Count(line => line.StartsWith("the output counted", StringComparison.Ordinal));
        foreach (var line in found) Console.WriteLine($"  found: {line}");
        return
        [
            .. faults.Expected.Where(expected => !found.Any(line => line.Contains(expected, StringComparison.Ordinal))).Select(expected => $"not found: {expected}"),
            .. more > 0 ? [$"found {more} lines more than there are faults"] : Array.Empty<string>(),
            .. BlindToHandles().Select(kind => $"not found: growth of {kind} in a process"),
        ];
    }

    /// <summary>Those kinds of handles whose growth is not seen in this process, taken for a broker's and for a worker's.</summary>
    private static IEnumerable<string> BlindToHandles()
    {
        var before = OpenHandles.Of(Environment.ProcessId);
        var segments = Enumerable.Range(0, Leaks).Select(_ => new MemfdShMemProvider().Create(1)).ToList();
        var files = Enumerable.Range(0, Leaks).Select(_ => File.OpenRead("/dev/null")).ToList();
        var sockets = Enumerable.Range(0, Leaks).Select(_ => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).ToList();
        try
        {
            var grown = OpenHandles.Of(Environment.ProcessId).GrownSince(before, ChaosRun.Slack).ToList();
            grown.AddRange(WorkerHandles.Faults(OpenHandles.Of(Environment.ProcessId), before, broker: before));
            foreach (var line in grown) Console.WriteLine($"  found: {line}");
            return ((string[])["memfds", "mappings of shared memory", "files", "sockets", "segments that the broker has not"]).Where(kind => !grown.Exists(line => line.StartsWith(kind, StringComparison.Ordinal)));
        }
        finally
        {
            segments.ForEach(segment => segment.Dispose());
            files.ForEach(file => file.Dispose());
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
