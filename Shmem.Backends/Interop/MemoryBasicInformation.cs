namespace Shmem.Backends.Interop;

/// <summary>MEMORY_BASIC_INFORMATION of winnt.h: what VirtualQuery says of the pages from an address on that are alike.</summary>
internal struct MemoryBasicInformation
{
    public nint BaseAddress;
    public nint AllocationBase;
    public uint AllocationProtect;

    /// <summary>WORD PartitionId on 64-bit Windows, and padding.</summary>
    public uint PartitionId;

    /// <summary>Bytes, a multiple of the page size.</summary>
    public nuint RegionSize;

    public uint State;
    public uint Protect;
    public uint Type;
}
