using System.Globalization;

namespace Shmem.Sample.Fuzzer.Engine;

/// <summary>Private memory of a process that the garbage collector's limit does not see: <c>RssAnon</c> of proc_pid_status(5).</summary>
internal static class ResidentMemory
{
    /// <summary>Bytes of anonymous memory in use, or null when the process is gone.</summary>
    public static long? Of(int process)
    {
        try
        {
            foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")))
            {
                if (!line.StartsWith("RssAnon:", StringComparison.Ordinal)) continue;
                var kib = line.AsSpan("RssAnon:".Length).Trim();
                return long.Parse(kib[..kib.IndexOf(' ')], CultureInfo.InvariantCulture) * 1024;
            }
        }
        catch (IOException)
        {
            // Gone between two samples: its end is reported elsewhere.
        }

        return null;
    }
}
