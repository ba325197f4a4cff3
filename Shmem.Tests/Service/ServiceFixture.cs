using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>A service in this process, in a run-time folder of its own.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ServiceFixture : IDisposable
{
    /// <summary>Only to end a test that would wait for ever: nothing is measured by it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public const string Name = "test";

    /// <summary>The environment variable that names what services of the tests make segments of; <see cref="SegmentFiles.Of"/> reads it.</summary>
    private const string BackendVariable = "SHMEM_TEST_SERVICE_BACKEND";

    private readonly TemporaryFolder _folder = new();

    public ServiceFixture(ISegmentFiles? files = null, ServiceLimits? limits = null)
    {
        Folder = RuntimeFolder.Open(_folder.FullPath);
        Service = Start(files, limits) ?? throw new InvalidOperationException("the name is taken");
    }

    public static string Backend => Environment.GetEnvironmentVariable(BackendVariable) ?? "memfd";

    public static ISegmentFiles Files => SegmentFiles.Of(Backend);

    public RuntimeFolder Folder { get; }

    public ShMemService Service { get; private set; }

    public string SocketPath => ServiceSocket.PathOf(Folder, Name);

    public ServedShMemProvider Provider => new(Name, Folder.Path, Patience);

    public ShMemService? Start(ISegmentFiles? files = null, ServiceLimits? limits = null) =>
        ShMemService.TryStart(Name, Folder, files ?? Files, limits ?? ServiceLimits.Default, Patience);

    public void Restart()
    {
        Service.Dispose();
        Service = Start() ?? throw new InvalidOperationException("the name is taken");
    }

    /// <summary>Waits until the service has so many segments: a connection's end comes to it later than to us.</summary>
    public Task HasSegments(int count) => Until(() => Service.Counts.Segments == count, () => $"{Service.Counts} instead of {count} segments");

    public Task HasConnections(int count) => Until(() => Service.Counts.Connections == count, () => $"{Service.Counts} instead of {count} connections");

    public void Dispose()
    {
        Service.Dispose();
        _folder.Dispose();
    }

    private static async Task Until(Func<bool> condition, Func<string> what)
    {
        for (var watch = Stopwatch.StartNew(); !condition(); await Task.Delay(5, TestContext.Current.CancellationToken))
            Assert.True(watch.Elapsed < Patience, what());
    }
}
