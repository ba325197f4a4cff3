using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;

namespace Shmem.Backends.PosixShm;

/// <summary>POSIX objects without a name: each is unlinked as soon as it is made, so that nothing outlives the processes that have it.</summary>
/// <param name="allocate">Whether their bytes are allocated at once, which not every system can.</param>
internal sealed class PosixFiles(bool allocate) : ISegmentFiles
{
    public string Name => "POSIX objects";

    public SafeFileHandle Create(long size)
    {
        var purpose = $"create served segment of {size} bytes";
        var file = PosixObject.Create(purpose, out var name, out var entry);
        try
        {
            LibcPosixShm.Unlink(name);
            PosixObject.Clear(entry);
            PosixObject.SetSize(file, size, allocate, purpose);
            return new SafeFileHandle(file.Number, ownsHandle: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
