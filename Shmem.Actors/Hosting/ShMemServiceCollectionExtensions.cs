using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shmem.Backends;

namespace Shmem.Actors.Hosting;

/// <summary>Registers Shmem with dependency injection.</summary>
public static class ShMemServiceCollectionExtensions
{
    /// <summary>
    /// Registers the <see cref="ShMemProvider"/> of this machine as a singleton, which logs once what was chosen and why others were not, and ends the actor system when the host stops, after everything that was
    /// registered later. Call it before <c>AddAkka</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="ShMemException">Thrown when the provider is first asked for: no backend works here, or not the one that was named.</exception>
    public static IServiceCollection AddShMem(this IServiceCollection services, Action<ShMemOptions>? configure = null)
    {
        var options = new ShMemOptions();
        configure?.Invoke(options);
        services.AddSingleton<ShMemProvider>(provider => Choose(options.Backend, provider.GetService<ILoggerFactory>()));
        services.AddHostedService<ActorSystemTermination>();
        return services;
    }

    private static StdShMemProvider Choose(string? backend, ILoggerFactory? loggers)
    {
        var provider = string.IsNullOrEmpty(backend) ? new StdShMemProvider() : new StdShMemProvider(backend);
        if (loggers?.CreateLogger<StdShMemProvider>() is { } log)
        {
            if (provider.Refused.Count == 0) log.BackendChosen(provider.Scheme);
            else log.BackendChosenInstead(provider.Scheme, string.Join("; ", provider.Refused.Select(refused => refused.Message)));
        }

        return provider;
    }
}
