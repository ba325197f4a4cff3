namespace Shmem.Backends.Heap;

/// <summary>Which end of a segment an inaccessible page lies at, so that unsafe or native code that leaves it by one byte faults at once.</summary>
public enum ShMemGuard
{
    /// <summary>Neither: the bytes before and after are whatever lies there.</summary>
    None,

    /// <summary>The last byte is the last of its page, and the next page may not be touched: for reads and writes that go too far.</summary>
    After,

    /// <summary>The first byte is the first of its page, and the page before may not be touched: for those that begin too early.</summary>
    Before,
}
