using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;

namespace Shmem.Backends.PosixShm;

/// <summary>POSIX objects without a name: each is unlinked as soon as it is made, so that nothing outlives the processes that have it.</summary>
/// <param name="asOnLinux">False: as on macOS, which has no manifest, cannot allocate an object's bytes, and lets its size be set once.</param>
internal sealed class PosixFiles(bool asOnLinux) : ISegmentFiles
{
    public string Name => "POSIX objects";

    public SafeFileHandle Create(long size)
    {
        var purpose = $"create served segment of {size} bytes";
        var file = PosixObject.Create(purpose, asOnLinux, out var name, out var entry);
        try
        {
            LibcPosixShm.Unlink(name);
            PosixObject.Clear(entry);
            PosixObject.SetSize(file, size, asOnLinux, purpose);
            return new SafeFileHandle(file.Number, ownsHandle: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
