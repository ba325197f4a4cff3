using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shmem.Actors.Hosting;
using Shmem.Backends;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>What a host logs of the backend that it is given.</summary>
internal sealed class HostedBackend : ILoggerProvider, ILogger
{
    private readonly List<string> _lines = [];

    /// <returns>Every line, in one.</returns>
    public static string Log()
    {
        using var log = new HostedBackend();
        using var services = new ServiceCollection().AddLogging(logging => logging.AddProvider(log)).AddShMem().BuildServiceProvider();
        for (var i = 0; i < 3; i++) services.GetRequiredService<ShMemProvider>().Create(1).Dispose();
        return string.Join(" | ", log._lines);
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add($"{logLevel}: {formatter(state, exception)}");

    public void Dispose()
    {
    }
}
