using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Signals;

/// <summary>The futex of Linux.</summary>
[UnsupportedOSPlatform("macos")]
internal sealed unsafe class FutexWait : WordWait
{
    public static readonly FutexWait Instance = new();

    public override void Wait(uint* word, uint expected, TimeSpan atMost)
    {
        if (LibcFutex.Wait(word, expected, atMost) == 0) return;
        var errno = Marshal.GetLastPInvokeError();
        if (errno != LibcErrno.EAGAIN && errno != LibcErrno.EINTR && errno != LibcErrno.ETIMEDOUT) throw UnixFailure.Of("futex", "wait for another process", errno);
    }

    public override void Wake(uint* word, int least)
    {
        if (LibcFutex.Wake(word, least) < 0) throw UnixFailure.Of("futex", "wake another process");
    }
}
