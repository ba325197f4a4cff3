using Shmem.Backends.Ashmem;
using Shmem.Backends.Memfd;
using Shmem.Backends.PosixShm;
using Shmem.Backends.Win32;

namespace Shmem.Backends.Service;

/// <summary>Which files a service makes.</summary>
internal static class SegmentFiles
{
    /// <summary>Those of a backend, or those that suit this system: memfd on Linux, POSIX objects on macOS, ashmem on Android, page-file sections on Windows.</summary>
    /// <param name="backend"><c>memfd</c>, <c>posix</c>, <c>ashmem</c> or <c>win</c>; null or empty chooses.</param>
    /// <exception cref="ShMemException">There are none such here.</exception>
    public static ISegmentFiles Of(string? backend)
    {
        if (OperatingSystem.IsWindows())
        {
            if (string.IsNullOrEmpty(backend) || backend == "win") return new SectionFiles();
            throw None(backend);
        }

        if (OperatingSystem.IsLinux() && (string.IsNullOrEmpty(backend) || backend == "memfd")) return new MemfdFiles();
        if (OperatingSystem.IsAndroid() && string.IsNullOrEmpty(backend)) return new AshmemFiles();
        if (OperatingSystem.IsMacOS() && string.IsNullOrEmpty(backend)) return new PosixFiles(asOnLinux: false);
        if (backend == "ashmem") return new AshmemFiles();
        if (backend == "posix" && (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())) return new PosixFiles(OperatingSystem.IsLinux());
        throw None(backend);
    }

    private static ShMemException None(string? backend) => new(ShMemError.Unsupported, "choose what a service makes segments of",
        string.IsNullOrEmpty(backend) ? "this system has nothing that can be handed over" : $"this system has no '{backend}' that can be handed over",
        "Name one of memfd, posix, ashmem and win that the system has.");
}
