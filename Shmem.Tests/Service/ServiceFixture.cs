using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>A service in this process, in a run-time folder of its own.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
internal sealed class ServiceFixture : IDisposable
{
    /// <summary>Only to end a test that would wait for ever: nothing is measured by it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public const string Name = "test";

    /// <summary>The environment variable that names what services of the tests make segments of; <see cref="SegmentFiles.Of"/> reads it.</summary>
    private const string BackendVariable = "SHMEM_TEST_SERVICE_BACKEND";

    private readonly TemporaryFolder _folder = new();
    private readonly RuntimeFolder? _run;

    public ServiceFixture(ISegmentFiles? files = null, ServiceLimits? limits = null)
    {
        if (!OperatingSystem.IsWindows()) _run = RuntimeFolder.Open(_folder.FullPath);
        Service = Start(files, limits) ?? throw new InvalidOperationException("the name is taken");
    }

    public static string Backend => Environment.GetEnvironmentVariable(BackendVariable) ?? (OperatingSystem.IsWindows() ? "win" : "memfd");

    public static ISegmentFiles Files => SegmentFiles.Of(Backend);

    /// <summary>Its own; Windows has none, so that only one service of the tests is there at a time.</summary>
    public RuntimeFolder Folder => _run ?? throw new PlatformNotSupportedException();

    public ShMemService Service { get; private set; }

    /// <summary>The path of its socket or pipe.</summary>
    public string SocketPath => _run is null ? ServiceAddress.Of(null, Name) : ServiceSocket.PathOf(_run, Name);

    public ServedShMemProvider Provider => new(Name, _run?.Path, Patience);

    public ShMemService? Start(ISegmentFiles? files = null, ServiceLimits? limits = null) =>
        ShMemService.TryStart(Name, _run, files ?? Files, limits ?? ServiceLimits.Default, Patience);

    /// <summary>Lets a process that is started find the service.</summary>
    public void Announce(ProcessStartInfo start)
    {
        if (_run is not null) start.Environment[RuntimeFolder.Variable] = _run.Path;
    }

    /// <summary>
    /// A connection of its own that bears with the service for a second only; a process's providers share one, which bears with it for as long as whoever
    /// opened it does. A process that has answered nobody yet may take longer than that for its first words, which is not what those who ask for this look at.
    /// It has had an answer, so that the service bears with its silence.
    /// </summary>
    public ServiceConnection OpenHasty()
    {
        for (var watch = Stopwatch.StartNew();;)
        {
            ServiceConnection? connection = null;
            try
            {
                connection = ServiceConnection.Open(SocketPath, Name, TimeSpan.FromSeconds(1), "test");
                connection.Create(100).Dispose();
                if (!connection.IsLost) return connection;
            }
            catch (ShMemException e) when (e.Message.Contains("has not answered", StringComparison.Ordinal) && watch.Elapsed < Patience)
            {
                // Slow, and not stopped: it is asked again.
            }

            connection?.Dispose();
        }
    }

    public void Restart()
    {
        Service.Dispose();
        Service = Start() ?? throw new InvalidOperationException("the name is taken");
    }

    /// <summary>Waits until the service has so many segments: a connection's end comes to it later than to us.</summary>
    public Task HasSegments(int count) => Until(() => Service.Counts.Segments == count, () => $"{Service.Counts} instead of {count} segments");

    public Task HasConnections(int count) => Until(() => Service.Counts.Connections == count, () => $"{Service.Counts} instead of {count} connections");

    /// <summary>Waits until the service counts so: it counts after it has answered.</summary>
    public Task Has(Func<ServiceCounts, bool> condition) => Until(() => condition(Service.Counts), () => $"{Service.Counts}");

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
