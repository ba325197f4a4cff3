using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary><c>struct pollfd</c> (poll(2)), the same on every system.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry(int file, short events)
{
    /// <summary>A negative number is passed over.</summary>
    public int File = file;
    public short Events = events;
    public short Ready;
}
