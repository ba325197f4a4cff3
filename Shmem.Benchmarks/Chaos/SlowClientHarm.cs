using System.Runtime.Versioning;

namespace Shmem.Benchmarks.Chaos;

/// <summary>One more turn of a slow client, which goes on at the side and counts itself when it has come to its end. Whoever is not slow is served meanwhile.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SlowClientHarm(ServiceUnderFire service, SlowClients clients, bool isLate) : IHarm
{
    public string Kind => isLate ? SlowClients.Cut : SlowClients.Served;

    public int Weight => isLate ? 2 : 4;

    public async Task<bool> DoAsync(Random random)
    {
        if (isLate) clients.BeLate(random);
        else clients.TryServe(random);
        await service.UseAsync().ConfigureAwait(false);
        await clients.LookAsync().ConfigureAwait(false);
        return false;
    }
}
