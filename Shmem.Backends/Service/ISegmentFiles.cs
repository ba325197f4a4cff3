using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Service;

/// <summary>Makes the files behind a service's segments: each can be mapped by whoever has its descriptor, has no name, and goes with its last one.</summary>
internal interface ISegmentFiles
{
    /// <summary>What they are, for people.</summary>
    string Name { get; }

    /// <summary>A new file, all of it zero, with CLOEXEC. The caller owns it.</summary>
    /// <param name="size">Bytes, at least 1.</param>
    /// <exception cref="ShMemException">The system refused; nothing is left.</exception>
    SafeFileHandle Create(long size);
}
