using System.Globalization;
using Shmem.Backends.Lifetime;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class RuntimeSocketsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // Containers that share a folder for temporary files have processes of the same pid.
    [Fact]
    public void Only_those_of_this_incarnation_of_a_process_are_removed()
    {
        string[] own = ["dotnet-diagnostic-17-4711-socket", "clr-debug-pipe-17-4711-in", "clr-debug-pipe-17-4711-out"];
        string[] others = ["dotnet-diagnostic-17-47110-socket", "dotnet-diagnostic-17-12-socket", "clr-debug-pipe-17-12-in", "dotnet-diagnostic-170-4711-socket"];
        foreach (var name in own.Concat(others)) _folder.Write(name, []);

        RuntimeSockets.Remove(_folder.FullPath, 17, 4711);

        Assert.Equal(others.Order(StringComparer.Ordinal), Names());
    }

    // Whoever it belongs to, and whatever it is: the campaign starts.
    [Fact]
    public void One_that_cannot_be_removed_is_left_and_the_others_go()
    {
        foreach (var key in (string[])["1", "2"]) _folder.Write($"dotnet-diagnostic-17-4711-{key}", []);
        Directory.CreateDirectory(_folder["dotnet-diagnostic-17-4711-socket"]);

        RuntimeSockets.Remove(_folder.FullPath, 17, 4711);

        Assert.Equal(["dotnet-diagnostic-17-4711-socket"], Names());
    }

    /// <summary>That the number in the name is the start time is the runtime's doing: one with diagnostics says what it is.</summary>
    [Fact]
    public async Task The_runtime_names_its_socket_by_pid_and_start_time()
    {
        Require.That(OperatingSystem.IsLinux(), "Linux");
        await using var peer = await PeerSession.Start([], start =>
        {
            start.Environment["TMPDIR"] = _folder.FullPath;
            start.Environment["DOTNET_EnableDiagnostics"] = "1";
        });
        var start = HolderId.Of(0, peer.Pid).KernelStartTime.ToString(CultureInfo.InvariantCulture);
        Assert.Contains($"dotnet-diagnostic-{peer.Pid}-{start}-socket", Names());

        RuntimeSockets.Remove(_folder.FullPath, peer.Pid, HolderId.Of(0, peer.Pid).KernelStartTime);

        Assert.DoesNotContain(Names(), name => name.StartsWith($"dotnet-diagnostic-{peer.Pid}-", StringComparison.Ordinal));
    }

    private IEnumerable<string> Names() => Directory.EnumerateFileSystemEntries(_folder.FullPath).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal);
}
