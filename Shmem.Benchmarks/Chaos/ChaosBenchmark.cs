using System.Diagnostics;
using System.Runtime.Versioning;

namespace Shmem.Benchmarks.Chaos;

/// <summary>Real processes under random harm, and the kernel's word on what is left of it.</summary>
[SupportedOSPlatform("linux")]
internal static class ChaosBenchmark
{
    private const int AuditFailed = 3;

    /// <returns>0, or 3 where an audit failed or cannot be believed.</returns>
    public static async Task<int> RunAsync(ChaosOptions options)
    {
        Console.WriteLine($"chaos for {options.For}, seed {options.Seed}, {options.Workers} workers");
        Console.WriteLine("deliberate faults, which the audit has to report:");
        if (await AuditProof.RunAsync(options).ConfigureAwait(false) is { Count: > 0 } blind) return Fail("the audit cannot be believed", blind);

        using var run = new ChaosRun(options);
        var clock = Stopwatch.StartNew();
        IReadOnlyList<string> faults;
        try
        {
            faults = await run.RunAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it was that did not survive, it is told as a failed audit, with what was done until then.
        catch (Exception broken)
#pragma warning restore CA1031
        {
            faults = [$"{broken.GetType().Name}: {broken.Message}"];
        }

        Console.WriteLine($"{(faults.Count == 0 ? "survived" : "done")} in {clock.Elapsed.TotalSeconds:F0} s: {run.Tally.Total} times harm");
        run.Tally.Print();
        if (faults.Count > 0)
        {
            Console.WriteLine("the end of the campaign's log:");
            foreach (var line in run.EndOfLog) Console.WriteLine($"  {line}");
            return Fail($"{faults.Count} faults; seed {options.Seed}", faults);
        }

        Console.WriteLine($"{run.Audits} audits: 0 leaked (processes, descriptors, mappings, /dev/shm, System V segments, sockets, run-time folder, temporary files)");
        Console.WriteLine($"acknowledged and all there, with the same bytes: {run.Acknowledged}");
        return 0;
    }

    private static int Fail(string what, IReadOnlyList<string> faults)
    {
        Console.WriteLine($"AUDIT FAILED: {what}");
        foreach (var fault in faults) Console.WriteLine($"  {fault}");
        return AuditFailed;
    }
}
