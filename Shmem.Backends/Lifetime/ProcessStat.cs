using System.Buffers.Text;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Lifetime;

/// <summary>What Linux says of a process in <c>/proc/PID/stat</c>; proc_pid_stat(5). Read without an allocation.</summary>
/// <param name="Pid">Field 1, as the mounted <c>/proc</c> counts.</param>
/// <param name="State">Field 3: a letter, <c>Z</c> for dead and not yet reaped.</param>
/// <param name="Group">Field 5: its process group.</param>
/// <param name="Session">Field 6: its session.</param>
/// <param name="Threads">Field 20.</param>
/// <param name="StartTime">Field 22: clock ticks since boot.</param>
internal readonly record struct ProcessStat(long Pid, byte State, long Group, long Session, long Threads, long StartTime)
{
    /// <summary>The longest line has 52 numbers of at most 20 digits and a name of at most 64 bytes; what we read ends long before.</summary>
    private const int EnoughBytes = 1024;

    /// <summary>Its memory is no longer written: the leader is dead, and all other threads are gone.</summary>
    public bool HasEnded => State is (byte)'Z' or (byte)'X' && Threads <= 1;

    /// <summary>Reads the line of a process.</summary>
    /// <returns>0, or the errno of the call that failed; EINVAL for a malformed line.</returns>
    public static int Read(int pid, out ProcessStat stat)
    {
        stat = default;
        Span<byte> path = stackalloc byte[32];
        "/proc/"u8.CopyTo(path);
        Utf8Formatter.TryFormat(pid, path["/proc/".Length..], out var digits);
        "/stat\0"u8.CopyTo(path[("/proc/".Length + digits)..]);
        using var file = LibcFile.OpenIn(LibcFile.AT_FDCWD, path, LibcFile.O_RDONLY | LibcFile.O_CLOEXEC);
        if (file.IsInvalid) return Marshal.GetLastPInvokeError();
        Span<byte> line = stackalloc byte[EnoughBytes];
        nint length;
        do length = LibcFile.Read(file.Number, line);
        while (length < 0 && Marshal.GetLastPInvokeError() == LibcErrno.EINTR);
        if (length < 0) return Marshal.GetLastPInvokeError();
        return TryParse(line[..(int)length], out stat) ? 0 : LibcErrno.EINVAL;
    }

    /// <summary>Takes a line apart. Foreign bytes are refused.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out ProcessStat stat)
    {
        stat = default;
        // Field 2 is the command's name in parentheses, and may itself hold spaces and parentheses: the last one ends it.
        var name = line.LastIndexOf(") "u8);
        if (name < 0 || !Utf8Parser.TryParse(line, out long pid, out _) || name + 3 >= line.Length) return false;
        var rest = line[(name + 2)..];
        var state = rest[0];
        long group = 0, session = 0, threads = 0;
        for (var field = 3; field <= 22; field++)
        {
            if (field == 5 && !Utf8Parser.TryParse(rest, out group, out _)) return false;
            if (field == 6 && !Utf8Parser.TryParse(rest, out session, out _)) return false;
            if (field == 20 && !Utf8Parser.TryParse(rest, out threads, out _)) return false;
            if (field == 22)
            {
                if (!Utf8Parser.TryParse(rest, out long start, out _)) return false;
                stat = new ProcessStat(pid, state, group, session, threads, start);
                return true;
            }

            var space = rest.IndexOf((byte)' ');
            if (space < 0) return false;
            rest = rest[(space + 1)..];
        }

        return false;
    }
}
