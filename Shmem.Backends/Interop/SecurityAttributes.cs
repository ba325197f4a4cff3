namespace Shmem.Backends.Interop;

/// <summary>SECURITY_ATTRIBUTES of minwinbase.h. A zero <c>InheritHandle</c> keeps the handle from children.</summary>
internal struct SecurityAttributes
{
    public uint Length;
    public nint SecurityDescriptor;
    public int InheritHandle;
}
