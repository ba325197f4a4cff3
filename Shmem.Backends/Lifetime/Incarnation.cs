using System.Globalization;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Lifetime;

/// <summary>
/// One incarnation of a process as a word that stands in shared memory and changes hands by one compare-and-swap: bit 0 is free for whoever stores it, bits 1–31 are
/// the pid, bits 32–63 the low bits of the time at which the kernel started it. Zero is nobody.
/// </summary>
/// <remarks>
/// A later process with the same pid is taken for the earlier one only if it was started the same tick after exactly 2^32 ticks (497 days on Linux); then it is
/// taken for alive, so what it seems to hold stays parked. macOS is not asked for start times: there a pid that is used again is always taken for the earlier
/// process. Pids mean something in one pid namespace only: see <see cref="Namespace"/>.
/// </remarks>
internal readonly record struct Incarnation(ulong Word)
{
    /// <summary>The bit that is free for whoever stores the word.</summary>
    public const ulong Flag = 1;

    private const string Purpose = "tell this process from later ones with its pid";

    private static readonly Lazy<Incarnation> Mine = new(FindSelf, LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<ulong> MySpace = new(FindNamespace, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>This process.</summary>
    /// <exception cref="ShMemException">The system does not say who it is.</exception>
    public static Incarnation Self => Mine.Value;

    /// <summary>What tells apart the namespaces in which a pid and a start time mean something: the numbers of the pid and the time namespace on Linux, 1 elsewhere.</summary>
    public static ulong Namespace => MySpace.Value;

    public int Pid => (int)((uint)Word >> 1);

    /// <summary>The holder of a word, whatever its flag.</summary>
    public static Incarnation Of(ulong word) => new(word & ~Flag);

    /// <summary>The incarnation of any process.</summary>
    public static Incarnation From(int pid, long startTime) => new((ulong)startTime << 32 | (ulong)(uint)pid << 1);

    /// <summary>
    /// True when the operating system says that the process has ended. False while it lives, also as a stopped one, and whenever the system does not say for certain:
    /// no descriptor left, no right to look.
    /// </summary>
    public bool IsGone()
    {
        if (this == Self) return false;
        var seen = SeenProcess.Of(Pid);
        return seen.Presence is Presence.Ended or Presence.None || (seen.Presence == Presence.Lives && From(Pid, seen.StartTime) != this);
    }

    private static Incarnation FindSelf()
    {
        var pid = Environment.ProcessId;
        if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid())
        {
            var errno = ProcessStat.Read(pid, out var stat);
            if (errno != 0)
            {
                throw new ShMemException(ShMemError.Unsupported, Purpose, $"/proc/{pid}/stat cannot be read (errno {errno})",
                    "Mount /proc; where descriptors are short, raise 'ulimit -n'.");
            }

            using var self = new StreamReader("/proc/self/stat");
            if (!ProcessStat.TryParse(System.Text.Encoding.Latin1.GetBytes(self.ReadToEnd()), out var own) || own.Pid != pid || stat.StartTime != own.StartTime)
            {
                throw new ShMemException(ShMemError.Unsupported, Purpose, "/proc is that of another pid namespace", "Mount a /proc of this namespace, as 'unshare --mount-proc' does.");
            }

            return From(pid, stat.StartTime);
        }

        if (!OperatingSystem.IsWindows()) return From(pid, 0);
        using var process = Kernel32Processes.Open(pid);
        return From(pid, process.IsInvalid ? 0 : Kernel32Processes.CreationTime(process));
    }

    private static ulong FindNamespace()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsAndroid()) return 1;
        return Number("pid") | Number("time") << 32;

        // A link such as "pid:[4026531836]"; kernels before 5.6 have no time namespaces.
        static ulong Number(string kind)
        {
            var target = new FileInfo($"/proc/self/ns/{kind}").LinkTarget;
            var start = target?.IndexOf('[') ?? -1;
            return start >= 0 && uint.TryParse(target.AsSpan(start + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1;
        }
    }
}
