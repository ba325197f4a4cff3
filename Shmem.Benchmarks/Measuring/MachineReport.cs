using System.Runtime.InteropServices;

namespace Shmem.Benchmarks.Measuring;

/// <summary>The environment that the figures were taken in.</summary>
internal static class MachineReport
{
    /// <summary>Of the last minute.</summary>
    public static string Load => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    public static void Print()
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim();
        Console.WriteLine($"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        Console.WriteLine($"{processor ?? "unknown processor"}, {Environment.ProcessorCount} cores, load {Load}");
    }
}
