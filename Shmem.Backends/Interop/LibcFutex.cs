using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Shmem.Backends.Interop;

/// <summary>
/// futex(2), which the C library does not wrap. Operations from linux/futex.h, without FUTEX_PRIVATE_FLAG: the word is known by the page that it
/// lies in, so that processes which map the same segment meet there.
/// </summary>
internal static unsafe partial class LibcFutex
{
    private const int FUTEX_WAIT = 0;
    private const int FUTEX_WAKE = 1;

    /// <summary>The number of the call: 202 on x64 (asm/unistd_64.h), 98 where asm-generic/unistd.h holds; 0 where it takes another timespec.</summary>
    public static int SystemCall { get; } = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 202,
        Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 98,
        _ => 0,
    };

    /// <summary>Sleeps while the word has the expected value, until it is woken, for at most the given time of CLOCK_MONOTONIC.</summary>
    /// <returns>0, or -1 with errno set: EAGAIN when the word has another value, EINTR, ETIMEDOUT.</returns>
    [UnsupportedOSPlatform("macos")]
    public static nint Wait(uint* word, uint expected, TimeSpan atMost)
    {
        var timeout = new Timespec { Seconds = atMost.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = atMost.Ticks % TimeSpan.TicksPerSecond * 100 };
        return LibcErrno.Keep(Call(SystemCall, word, FUTEX_WAIT, expected, &timeout, 0, 0));
    }

    /// <summary>Wakes at most so many of those who sleep on the word.</summary>
    /// <returns>How many, or -1 with errno set.</returns>
    [UnsupportedOSPlatform("macos")]
    public static nint Wake(uint* word, int most) => LibcErrno.Keep(Call(SystemCall, word, FUTEX_WAKE, (uint)most, null, 0, 0));

    [UnsupportedOSPlatform("macos")]
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint Call(nint number, uint* word, nint operation, nuint value, Timespec* timeout, nint word2, nint value3);

    /// <summary><c>struct timespec</c> of 64-bit Linux.</summary>
    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
