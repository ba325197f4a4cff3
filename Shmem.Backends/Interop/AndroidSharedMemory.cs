using System.Runtime.InteropServices;
using System.Text;

namespace Shmem.Backends.Interop;

/// <summary>
/// ASharedMemory (android/sharedmem.h, API 26 and later): what applications of newer Androids, which may not open the device, make regions with. The
/// library is looked for once.
/// </summary>
internal static unsafe class AndroidSharedMemory
{
    private static readonly nint Library = NativeLibrary.TryLoad("libandroid.so", out var library) ? library : 0;

    private static readonly delegate* unmanaged<byte*, nuint, int> CreateRegion =
        (delegate* unmanaged<byte*, nuint, int>)Find("ASharedMemory_create");

    private static readonly delegate* unmanaged<int, int, int> SetProtection = (delegate* unmanaged<int, int, int>)Find("ASharedMemory_setProt");

    /// <summary>True where the library is there and has the functions.</summary>
    public static bool IsThere => CreateRegion != null && SetProtection != null;

    /// <summary>A region, named for people, with CLOEXEC, that can be mapped for reading and writing only.</summary>
    /// <param name="name">For people.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="call">Where it failed, the function that did.</param>
    /// <returns>The descriptor, the caller's; or -1 with the error set.</returns>
    public static int Create(string name, long size, out string call)
    {
        call = "ASharedMemory_create";
        Span<byte> text = stackalloc byte[AshmemDevice.ASHMEM_NAME_LEN];
        text.Clear();
        Encoding.UTF8.GetBytes(name, text[..^1]);
        int file;
        // SAFETY: the text ends with a NUL; the function was found in the library whose header declares it so.
        fixed (byte* start = text) file = CreateRegion(start, (nuint)size);
        if (file < 0)
        {
            // The header knows -1 with errno, and -EINVAL.
            Marshal.SetLastPInvokeError(file == -1 ? Marshal.GetLastSystemError() : -file);
            return -1;
        }

        if (SetProtection(file, (int)AshmemDevice.PROT_READ_WRITE) == 0) return file;
        call = "ASharedMemory_setProt";
        var errno = Marshal.GetLastSystemError();
        _ = LibcFile.Close(file);
        Marshal.SetLastPInvokeError(errno);
        return -1;
    }

    private static nint Find(string name) => Library != 0 && NativeLibrary.TryGetExport(Library, name, out var address) ? address : 0;
}
