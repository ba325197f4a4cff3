using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Memfd;
using Shmem.Backends.Service;

namespace Shmem.Benchmarks.Service;

/// <summary>A second process of this program, which runs a service and holds a segment of it. Both sides are here.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ServiceProcess : IDisposable
{
    private const string Name = "benchmark";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder = Directory.CreateTempSubdirectory("shmem-service").FullName;
    private readonly Process _process;

    public ServiceProcess(int size)
    {
        string[] command = [typeof(ServiceProcess).Assembly.Location, "serve", _folder, size.ToString(CultureInfo.InvariantCulture)];
        _process = Process.Start(new ProcessStartInfo("dotnet", command) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false })!;
        var id = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("The service did not start.");
        Segment = new ShMemDescription(ShMemId.Parse(id), size, Name);
        Provider = new ServedShMemProvider(Name, _folder, Patience);
    }

    public ServedShMemProvider Provider { get; }

    /// <summary>The segment that the other process holds: who lets it go here ends a lease, and not the segment.</summary>
    public ShMemDescription Segment { get; }

    /// <summary>The second process: until its stdin ends.</summary>
    public static int Run(string folder, string size)
    {
        using var service = ShMemService.TryStart(Name, RuntimeFolder.Open(folder), new MemfdFiles(), ServiceLimits.Default, Patience);
        using var segment = new ServedShMemProvider(Name, folder, Patience).Create(long.Parse(size, CultureInfo.InvariantCulture));
        Console.WriteLine(segment.Id);
        while (Console.Read() >= 0) { }
        return 0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit(5_000);
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
