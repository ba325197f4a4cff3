using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>struct pollfd of poll.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Events;
    public short Returned;
}
