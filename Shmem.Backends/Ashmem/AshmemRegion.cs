using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Ashmem;

/// <summary>A region of Android's ashmem: memory behind a descriptor, with a size of its own that fstat(2) does not tell.</summary>
internal static class AshmemRegion
{
    /// <summary>The newer Androids' device has the boot's id in its name; the older's has none.</summary>
    private static readonly Lazy<string[]> Devices = new(FindDevices, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The devices that there are, the one to be used first.</summary>
    public static IReadOnlyList<string> Present => Devices.Value;

    /// <summary>A region that may be mapped for reading and writing only, all of it zero and pinned.</summary>
    /// <param name="device">Of <see cref="Present"/>.</param>
    /// <param name="name">For people, who see it in /proc/PID/maps; at most 255 bytes.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="purpose">For messages.</param>
    /// <exception cref="ShMemException">The system refused; nothing is left.</exception>
    [UnsupportedOSPlatform("macos")]
    public static SafeFileHandle Create(string device, string name, long size, string purpose)
    {
        var file = LibcFile.OpenAt(LibcFile.AT_FDCWD, device, LibcFile.O_RDWR | LibcFile.O_CLOEXEC);
        try
        {
            if (file.IsInvalid) throw UnixFailure.Of($"open {device}", purpose);
            Span<byte> text = stackalloc byte[AshmemDevice.ASHMEM_NAME_LEN];
            text.Clear();
            Encoding.UTF8.GetBytes(name, text[..^1]);
            var number = (int)file.DangerousGetHandle();
            if (AshmemDevice.Control(number, AshmemDevice.ASHMEM_SET_NAME, text) != 0) throw UnixFailure.Of("ioctl(ASHMEM_SET_NAME)", purpose);
            if (AshmemDevice.Control(number, AshmemDevice.ASHMEM_SET_SIZE, (nint)size) != 0) throw UnixFailure.Of("ioctl(ASHMEM_SET_SIZE)", purpose);
            if (AshmemDevice.Control(number, AshmemDevice.ASHMEM_SET_PROT_MASK, AshmemDevice.PROT_READ_WRITE) != 0)
                throw UnixFailure.Of("ioctl(ASHMEM_SET_PROT_MASK)", purpose);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>How long a region is.</summary>
    /// <returns>Bytes; -1 where the descriptor is no region.</returns>
    public static long SizeOf(int file) =>
        !OperatingSystem.IsMacOS() && AshmemDevice.Control(file, AshmemDevice.ASHMEM_GET_SIZE, 0) is var low && low >= 0 ? low : -1;

    /// <summary>A descriptor of our own for the file, where it is a region; null where it is another file.</summary>
    /// <exception cref="ShMemException">No descriptor is left.</exception>
    public static SafeFileHandle? TryKeep(Descriptor file, string purpose)
    {
        if ((!OperatingSystem.IsLinux() && !OperatingSystem.IsAndroid()) || SizeOf(file.Number) < 0) return null;
        var copy = LibcProcess.DuplicateForUs(file.Number, 0);
        return copy < 0 ? throw UnixFailure.Of("fcntl(F_DUPFD_CLOEXEC)", purpose) : new SafeFileHandle(copy, ownsHandle: true);
    }

    /// <summary>The name that it was given.</summary>
    /// <exception cref="ShMemException">It is no region.</exception>
    [UnsupportedOSPlatform("macos")]
    public static string NameOf(SafeFileHandle file)
    {
        Span<byte> text = stackalloc byte[AshmemDevice.ASHMEM_NAME_LEN];
        if (AshmemDevice.Control((int)file.DangerousGetHandle(), AshmemDevice.ASHMEM_GET_NAME, text) != 0)
            throw UnixFailure.Of("ioctl(ASHMEM_GET_NAME)", "read a region's name");
        return Encoding.UTF8.GetString(text[..text.IndexOf((byte)0)]);
    }

    /// <summary>Lets the kernel take pages away when memory is short. They stay mapped; what they held may be zero afterwards.</summary>
    /// <param name="file">The region, which somebody has mapped: it has no pages before.</param>
    /// <param name="offset">Bytes, a multiple of the page's size.</param>
    /// <param name="length">Likewise; 0 is all that follows.</param>
    /// <exception cref="ShMemException">It is no range of pages of a region.</exception>
    [UnsupportedOSPlatform("macos")]
    public static void Unpin(SafeFileHandle file, uint offset, uint length)
    {
        if (AshmemDevice.Control((int)file.DangerousGetHandle(), AshmemDevice.ASHMEM_UNPIN, new AshmemDevice.Range(offset, length)) < 0)
            throw UnixFailure.Of("ioctl(ASHMEM_UNPIN)", "unpin pages of a region");
    }

    /// <summary>Keeps pages from being taken away.</summary>
    /// <returns>True where some have been, and are zero now.</returns>
    /// <inheritdoc cref="Unpin"/>
    [UnsupportedOSPlatform("macos")]
    public static bool Pin(SafeFileHandle file, uint offset, uint length)
    {
        var answer = AshmemDevice.Control((int)file.DangerousGetHandle(), AshmemDevice.ASHMEM_PIN, new AshmemDevice.Range(offset, length));
        return answer >= 0 ? answer == AshmemDevice.ASHMEM_WAS_PURGED : throw UnixFailure.Of("ioctl(ASHMEM_PIN)", "pin pages of a region");
    }

    private static string[] FindDevices()
    {
        var devices = new List<string>();
        try
        {
            devices.Add("/dev/ashmem" + File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // An Android that hides it has the older name.
        }

        devices.Add("/dev/ashmem");
        return [.. devices.Where(File.Exists)];
    }
}
