using System.Globalization;
using Shmem.Sample.Fuzzer.Engine.Worker;

namespace Shmem.Sample.Fuzzer.Engine;

/// <summary>
/// How long the thread of a process that runs the target has been ready to run without a processor: the second number of
/// <c>/proc/&lt;pid&gt;/task/&lt;tid&gt;/schedstat</c> (Documentation/scheduler/sched-stats.rst), in nanoseconds. Not thread-safe.
/// </summary>
internal sealed class ProcessorWait(int process)
{
    private string? _file;

    /// <summary>The time since the thread's start; zero where it has not started, is gone, or the system does not say.</summary>
    public TimeSpan Read()
    {
        if (!OperatingSystem.IsLinux()) return TimeSpan.Zero;
        try
        {
            if ((_file ??= Find()) is not { } file) return TimeSpan.Zero;
            var numbers = File.ReadAllText(file).AsSpan();
            numbers = numbers[(numbers.IndexOf(' ') + 1)..];
            return TimeSpan.FromTicks(long.Parse(numbers[..numbers.IndexOf(' ')], CultureInfo.InvariantCulture) / TimeSpan.NanosecondsPerTick);
        }
        catch (IOException)
        {
            // Gone between two samples, or a kernel without these numbers.
            return TimeSpan.Zero;
        }
    }

    /// <remarks>A thread that the target starts without a name has its name, too, and a higher number.</remarks>
    private string? Find() => Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task"))
        .Where(task => File.ReadAllText(Path.Combine(task, "comm")).AsSpan().TrimEnd() is TargetThread.Name)
        .Select(task => Path.Combine(task, "schedstat"))
        .FirstOrDefault();
}
