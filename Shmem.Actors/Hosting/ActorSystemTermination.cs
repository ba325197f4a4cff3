using Akka.Actor;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Shmem.Actors.Hosting;

/// <summary>Ends the actor system when the host stops, which in a campaign Akka's coordinated shutdown does not do: see <c>akka.hocon</c>.</summary>
internal sealed class ActorSystemTermination(IServiceProvider services) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) =>
        services.GetService<ActorSystem>()?.Terminate().WaitAsync(cancellationToken) ?? Task.CompletedTask;
}
