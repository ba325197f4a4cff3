using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Extensions.Logging;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>The campaign's log: files in <c>OUT/log</c> and nothing on the console, which belongs to the dashboard.</summary>
internal static class CampaignLog
{
    public const string FileName = "shmem.log";

    private const long MaxFileBytes = 16 << 20;
    private const int MaxFiles = 4;

    /// <summary>Opens it. The caller owns the factory; disposing it flushes and closes the file.</summary>
    public static ILoggerFactory Open(string folder) => new SerilogLoggerFactory(
        new LoggerConfiguration()
            .MinimumLevel.Information()
            .WriteTo.File(Path.Combine(folder, FileName), formatProvider: System.Globalization.CultureInfo.InvariantCulture,
                outputTemplate: "{Timestamp:yyyy-MM-dd HH:mm:ss.fff} {Level:u3} {SourceContext}: {Message:lj}{NewLine}{Exception}",
                fileSizeLimitBytes: MaxFileBytes, rollOnFileSizeLimit: true, retainedFileCountLimit: MaxFiles)
            .CreateLogger(),
        dispose: true);
}
