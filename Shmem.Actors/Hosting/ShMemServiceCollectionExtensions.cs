using Microsoft.Extensions.DependencyInjection;
using Shmem.Backends;

namespace Shmem.Actors.Hosting;

/// <summary>Registers Shmem with dependency injection.</summary>
public static class ShMemServiceCollectionExtensions
{
    /// <summary>
    /// Registers the <see cref="ShMemProvider"/> of this machine as a singleton, and ends the actor system when the host stops, after everything that was
    /// registered later. Call it before <c>AddAkka</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the options.</param>
    /// <exception cref="ShMemException">Thrown when the provider is first asked for: no backend works here, or not the one that was named.</exception>
    public static IServiceCollection AddShMem(this IServiceCollection services, Action<ShMemOptions>? configure = null)
    {
        var options = new ShMemOptions();
        configure?.Invoke(options);
        services.AddSingleton<ShMemProvider>(_ =>
            string.IsNullOrEmpty(options.Backend) ? new StdShMemProvider() : new StdShMemProvider(options.Backend));
        services.AddHostedService<ActorSystemTermination>();
        return services;
    }
}
