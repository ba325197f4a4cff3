using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>A process whose descriptor 0 is a terminal, made by script(1). Disposing ends it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Terminal : IAsyncDisposable
{
    private readonly Process _script;

    private Terminal(Process script, int pid, ulong inode) => (_script, Pid, Inode) = (script, pid, inode);

    public int Pid { get; }

    /// <summary>Of the terminal's device node.</summary>
    public ulong Inode { get; }

    public static async Task<Terminal> Open()
    {
        string[] arguments = ["-qc", "echo $$; exec cat", "/dev/null"];
        var script = Process.Start(new ProcessStartInfo(Require.Tool("script"), arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        var pid = int.Parse((await script.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
        var device = new FileInfo($"/proc/{pid}/fd/0").LinkTarget!;
        Assert.StartsWith("/dev/pts/", device);
        using var file = LibcFile.OpenAt(LibcFile.AT_FDCWD, device, LibcFile.O_RDWR | LibcFile.O_NOCTTY | LibcFile.O_CLOEXEC);
        Assert.Equal(0, LibcFile.Status(new Descriptor((int)file.DangerousGetHandle()), out var status));
        return new Terminal(script, pid, status.Inode);
    }

    public ValueTask DisposeAsync()
    {
        _script.Kill(entireProcessTree: true);
        _script.Dispose();
        return ValueTask.CompletedTask;
    }
}
