using Shmem.Backends;
using Shmem.Backends.Janitor;
using Shmem.Sample.Fuzzer.Commands;
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
        output.WriteLine($"chosen  {new StdShMemProvider().Scheme,-6} {(string.IsNullOrEmpty(forced) ? "the first that works" : $"{StdShMemProvider.BackendVariable} names it")}");
        foreach (var limit in Limits.Where(limit => File.Exists($"/proc/sys/{limit}")))
            output.WriteLine($"limit   {limit.Replace('/', '.')} = {File.ReadAllText($"/proc/sys/{limit}").Trim()}");
        output.WriteLine($"cache   {InstrumentationCache.Open().Folder}");

        var leftovers = OperatingSystem.IsLinux() ? LeakedNames.Find() : [];
        foreach (var name in leftovers)
        {
            var what = OperatingSystem.IsLinux() && options.Clean && LeakedNames.Remove(name) ? "removed" : "left by a process that is gone";
            output.WriteLine($"segment {name} {what}");
        }

        if (leftovers.Count == 0) output.WriteLine("nothing is left over");
        else if (!options.Clean) output.WriteLine("'doctor --clean' removes what is left over");
        return ExitCodes.Success;
    }
}
