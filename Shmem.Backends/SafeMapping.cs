using System.Runtime.InteropServices;

namespace Shmem.Backends;

/// <summary>A mapping of some backend; releasing the handle unmaps it.</summary>
internal abstract unsafe class SafeMapping : SafeHandle
{
    protected SafeMapping() : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    public byte* Start => (byte*)handle;
}
