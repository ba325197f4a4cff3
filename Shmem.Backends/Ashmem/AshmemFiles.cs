using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;

namespace Shmem.Backends.Ashmem;

/// <summary>
/// Regions of Android's ashmem, by libandroid where it is there and by the device elsewhere. Both give a descriptor and no name that others could open,
/// so they are had by a service only.
/// </summary>
internal sealed class AshmemFiles : ISegmentFiles
{
    /// <summary>The most that ASHMEM_GET_SIZE can answer, being an int: 2 GiB less one. What is longer could not be checked on attach.</summary>
    private const long Longest = int.MaxValue;

    public string Name => "ashmem";

    public SafeFileHandle Create(long size)
    {
        var purpose = $"create served segment of {size} bytes";
        if (AndroidSharedMemory.IsThere)
        {
            var number = AndroidSharedMemory.Create("shmem", size, out var call);
            if (number < 0) throw UnixFailure.Of(call, purpose);
            var file = new SafeFileHandle(number, ownsHandle: true);
            // What the library makes is a memfd, which may be longer and whose size fstat tells, or a region of the device.
            if (size <= Longest || (LibcFile.Status(file, out var status) == 0 && status.Size == (ulong)size)) return file;
            file.Dispose();
            throw TooLong(purpose);
        }

        if (size > Longest) throw TooLong(purpose);
        if (!OperatingSystem.IsMacOS() && AshmemRegion.Present is [var device, ..]) return AshmemRegion.Create(device, "shmem", size, purpose);
        throw new ShMemException(ShMemError.Unsupported, purpose, "there is neither /dev/ashmem nor libandroid",
            "Use another backend: those of Linux need no such device.");
    }

    private static ShMemException TooLong(string purpose) =>
        new(ShMemError.LimitReached, purpose, $"an ashmem region has at most {Longest} bytes", "Ask for less, or for several.");
}
