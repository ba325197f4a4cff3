using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Shmem.Benchmarks.Chaos;

/// <summary>Strangers at the port of the broker's actor system, who have no key of the campaign.</summary>
internal sealed class HostileAkkaPeer(FuzzerCampaign campaign, HostilePeers peers) : IHarm
{
    private const int Crowd = 40;

    public string Kind => "stranger at the broker's port";

    public int Weight => 5;

    public Task<bool> DoAsync(Random random)
    {
        if (campaign.Port is not { } port) return Task.FromResult(false);
        var garbage = new byte[random.Next(1, 8192)];
        random.NextBytes(garbage);
        var hello = Hello(random);
        switch (random.Next(7))
        {
            case 0:
                peers.Keep(Connect, []);
                break;
            case 1:
                peers.Keep(Connect, hello.AsSpan(0, random.Next(1, hello.Length)));
                break;
            case 2:
                peers.Keep(Connect, hello);
                break;
            case 3:
                peers.Keep(Connect, garbage);
                break;
            case 4:
                peers.Keep(Connect, [0x7F, 0xFF, 0xFF, 0xFF, .. garbage]);
                break;
            case 5:
                HostilePeers.Die(Connect, hello.AsSpan(0, random.Next(1, hello.Length)), byReset: true);
                break;
            default:
                for (var i = 0; i < Crowd; i++) peers.Keep(Connect, hello.AsSpan(0, random.Next(hello.Length)));
                break;
        }

        return Task.FromResult(true);

        Socket Connect()
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Loopback, port);
            return socket;
        }
    }

    /// <summary>A TLS 1.2 hello (RFC 5246, 7.4.1.2) with one cipher suite, which claims no extensions.</summary>
    private static byte[] Hello(Random random)
    {
        const int RandomBytes = 32, Body = 2 + RandomBytes + 1 + 2 + 2 + 2;
        var hello = new byte[5 + 4 + Body];
        ReadOnlySpan<byte> record = [22, 3, 1];
        record.CopyTo(hello);
        BinaryPrimitives.WriteUInt16BigEndian(hello.AsSpan(3), 4 + Body);
        hello[5] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(hello.AsSpan(7), Body);
        (hello[9], hello[10]) = (3, 3);
        random.NextBytes(hello.AsSpan(11, RandomBytes));
        ReadOnlySpan<byte> rest = [0, 0, 2, 0xC0, 0x2B, 1, 0];
        rest.CopyTo(hello.AsSpan(11 + RandomBytes));
        return hello;
    }
}
