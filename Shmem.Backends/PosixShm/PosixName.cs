using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.PosixShm;

/// <summary>A name that its owner unlinks. Mappings stay valid without it.</summary>
/// <remarks>It has a finalizer: a name that nobody unlinks stays until the next boot.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class PosixName(string name) : IDisposable
{
    ~PosixName() => LibcPosixShm.Unlink(name);

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        // ENOENT, the one failure there can be, means that somebody removed it by hand: as wished.
        LibcPosixShm.Unlink(name);
    }

    public override string ToString() => name;
}
