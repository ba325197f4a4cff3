using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Janitor;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Instrumentation;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>The command <c>doctor</c>: what is chosen on this machine and why, its limits, and what dead campaigns left.</summary>
internal static class Doctor
{
    private static readonly string[] Limits = ["kernel/shmmax", "kernel/shmmni", "kernel/shmall", "vm/max_map_count", "fs/file-max"];

    public static int Run(DoctorOptions options, TextWriter output)
    {
        foreach (var (provider, refused) in StdShMemProvider.Try())
            output.WriteLine($"backend {provider.Scheme,-6} {(refused is null ? "works" : refused.Message)}");
        var forced = Environment.GetEnvironmentVariable(StdShMemProvider.BackendVariable);
        output.WriteLine($"chosen  {Chosen(forced)}");
        foreach (var limit in Limits.Where(limit => File.Exists($"/proc/sys/{limit}")))
            output.WriteLine($"limit   {limit.Replace('/', '.')} = {File.ReadAllText($"/proc/sys/{limit}").Trim()}");
        if (OperatingSystem.IsLinux())
            output.WriteLine($"stacks  of what hangs {(PtraceScope.Refusal() is { } refusal ? $"cannot be read, so that the first hang stands for all: {refusal}" : "can be read")}");
        output.WriteLine($"cache   {InstrumentationCache.Describe()}");

        if (OperatingSystem.IsLinux()) WriteLeftovers(options.Clean, output);
        else output.WriteLine(WithoutManifest());
        return ExitCodes.Success;
    }

    private static string Chosen(string? forced)
    {
        try
        {
            return $"{new StdShMemProvider().Scheme,-6} {(string.IsNullOrEmpty(forced) ? "the first that works" : $"{StdShMemProvider.BackendVariable} names it")}";
        }
        catch (ShMemException none)
        {
            return $"none: {none.Message}";
        }
    }

    /// <summary>Elsewhere no manifest says what is ours.</summary>
    private static string WithoutManifest() => OperatingSystem.IsWindows() ? "nothing is left over: here no segment outlives its processes"
        : "what killed processes left is not looked for here: 'ipcs -m' lists segments of System V, and no command those of POSIX";

    /// <summary>Segments, dead services' sockets and dead campaigns' folders.</summary>
    [SupportedOSPlatform("linux")]
    private static List<string> Leftovers() =>
        [.. LeakedNames.Find().Select(id => $"segment {id}"), .. LeakedNames.FindPaths().Select(path => $"file    {path}")];

    [SupportedOSPlatform("linux")]
    private static void WriteLeftovers(bool clean, TextWriter output)
    {
        try
        {
            foreach (var segment in PersistedSegments.List()) output.WriteLine($"segment {segment.Id} persisted: {segment.Size} bytes that are to stay");
            var found = Leftovers();
            if (clean) LeakedNames.Sweep();
            var left = clean ? Leftovers() : found;
            foreach (var name in found) output.WriteLine($"{name} {(left.Contains(name) ? "left by a process that is gone" : "removed")}");
            if (found.Count == 0) output.WriteLine("nothing is left over");
            else if (!clean) output.WriteLine("'doctor --clean' removes what is left over");
        }
        catch (ShMemException refused)
        {
            output.WriteLine($"what is left over cannot be told: {refused.Message}");
        }
    }
}
