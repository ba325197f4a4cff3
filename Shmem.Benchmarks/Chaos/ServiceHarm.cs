using System.Runtime.Versioning;
using Shmem.Backends.Service;

namespace Shmem.Benchmarks.Chaos;

/// <summary>Clients of the service that lie, die or say nothing, and the ends of honest ones. After each the honest ones have to be served.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ServiceHarm(ServiceUnderFire service, HostilePeers peers, string kind, int weight, Func<ServiceUnderFire, HostilePeers, Random, Task<bool>> how) : IHarm
{
    public string Kind => kind;

    public int Weight => weight;

    /// <summary>All kinds of it.</summary>
    public static IEnumerable<IHarm> All(ServiceUnderFire service, HostilePeers peers) =>
    [
        new ServiceHarm(service, peers, "kill -9 of the service", 1, static async (service, _, _) =>
        {
            await service.KillAsync().ConfigureAwait(false);
            return true;
        }),
        new ServiceHarm(service, peers, "kill -9 of a service's client", 2, static async (service, _, random) =>
        {
            await service.AddClientAsync().ConfigureAwait(false);
            await service.KillClientAsync(random.Next(service.Clients)).ConfigureAwait(false);
            await service.AddClientAsync().ConfigureAwait(false);
            return true;
        }),
        new ServiceHarm(service, peers, "client that lies to the service", 3, static (service, peers, random) =>
        {
            peers.Keep(service.Connect, Lie(random));
            return Task.FromResult(true);
        }),
        new ServiceHarm(service, peers, "client that dies within a frame", 3, static (service, _, random) =>
        {
            var frame = Create(random.Next(1, 1 << 20));
            HostilePeers.Die(service.Connect, frame.AsSpan(0, random.Next(1, frame.Length)), byReset: false);
            // A whole one, whose answer, with a descriptor, nobody takes.
            HostilePeers.Die(service.Connect, frame, byReset: false);
            return Task.FromResult(true);
        }),
        new ServiceHarm(service, peers, "client that says nothing to the service", 2, static (service, peers, _) =>
        {
            peers.Keep(service.Connect, []);
            return Task.FromResult(true);
        }),
    ];

    public async Task<bool> DoAsync(Random random)
    {
        if (!await how(service, peers, random).ConfigureAwait(false)) return false;
        await service.UseAsync().ConfigureAwait(false);
        return true;
    }

    private static byte[] Create(long size)
    {
        var writer = new FrameWriter(new byte[FrameWriter.Largest], FrameKind.Create);
        writer.Write(size);
        return writer.End().ToArray();
    }

    /// <summary>A header that claims what is not so, and whatever follows it.</summary>
    private static byte[] Lie(Random random)
    {
        var body = new byte[random.Next(0, 2 * FrameWriter.Largest)];
        random.NextBytes(body);
        var lengths = (ReadOnlySpan<int>)[int.MinValue, -1, 0, 7, FrameWriter.HeaderSize, FrameWriter.Largest, FrameWriter.Largest + 1, int.MaxValue];
        var version = random.Next(4) == 0 ? (ushort)random.Next(ushort.MaxValue) : FrameWriter.Version;
        return random.Next(3) switch
        {
            0 => Create(((ReadOnlySpan<long>)[0, -1, long.MinValue, long.MaxValue, 1L << 62])[random.Next(5)]),
            1 => body,
            _ => [.. BitConverter.GetBytes(lengths[random.Next(lengths.Length)]), .. BitConverter.GetBytes(version), .. BitConverter.GetBytes((ushort)random.Next(10)), .. body],
        };
    }
}
