using Shmem.Backends.Ashmem;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>How long a file from a service really is, whatever the service says.</summary>
internal static class SegmentFileSize
{
    /// <exception cref="ShMemException">It is nothing that can be a segment.</exception>
    public static long Of(Descriptor file, string purpose)
    {
        if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("fstat", purpose);
        if (status.IsPosixObject) return (long)status.Size;
        // A device tells its region's size by a call of its own.
        var size = AshmemRegion.SizeOf(file.Number);
        return size >= 0 ? size : throw new ShMemException(ShMemError.NotFound, purpose, "the service has handed over what is no shared memory",
            "Ask the service for a new segment.");
    }
}
