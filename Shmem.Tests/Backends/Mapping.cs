using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;

namespace Shmem.Tests.Backends;

/// <summary>What the kernel says of one mapping of this process: /proc/self/smaps (proc_pid_smaps(5)).</summary>
[SupportedOSPlatform("linux")]
internal sealed class Mapping
{
    private readonly Dictionary<string, string> _fields;

    private Mapping(Dictionary<string, string> fields) => _fields = fields;

    /// <summary>The mapping in which the segment begins.</summary>
    public static unsafe Mapping Of(ShMem segment)
    {
        var start = (ulong)segment.Pointer;
        Dictionary<string, string>? fields = null;
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            var words = line.Split(' ', 2);
            if (words[0].EndsWith(':'))
            {
                fields?.Add(words[0][..^1], words[1].Trim());
                continue;
            }

            if (fields is not null) break;
            var range = words[0].Split('-');
            if (Number(range[0]) <= start && start < Number(range[1])) fields = [];
        }

        return new Mapping(fields ?? throw new InvalidOperationException($"No mapping has the address {start:x}."));
    }

    /// <summary>Such as <c>Rss</c>.</summary>
    public long Kilobytes(string field) => long.Parse(_fields[field].Split(' ')[0], CultureInfo.InvariantCulture);

    private static ulong Number(string hexadecimal) => ulong.Parse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
