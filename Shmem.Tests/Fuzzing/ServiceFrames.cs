using System.Runtime.Versioning;
using Shmem.Backends;

namespace Shmem.Tests.Fuzzing;

/// <summary>
/// A real service under the bytes of its clients, as a target of our own fuzzer: its own loop on its own thread, over Unix sockets. The input is a row of pieces: bytes as they come over
/// a connection, cut anywhere, with a descriptor or without; requests of a <see cref="ServiceDialogue"/>, whose answers are read or wait; ends, time that goes by, floods.
/// </summary>
[SupportedOSPlatform("linux")]
public static class ServiceFrames
{
    private const int Connections = 4;

    /// <summary>The longest row: a longer one takes longer, and says nothing else.</summary>
    private const int MostPieces = 64;

    private static readonly Lock Turn = new();
    private static FuzzedService? _service;
    private static int _services;

    /// <summary>
    /// Plays the input, and fails where a whole request is not answered by one frame as the protocol has it, where a connection is ended that need not be or stays that has to end, where
    /// an honest client is not served afterwards, or where anything is left when all connections have ended.
    /// </summary>
    /// <param name="input">The pieces, of which the first 64 are played.</param>
    public static void Run(ReadOnlySpan<byte> input)
    {
        using var turn = Turn.EnterScope();
        // One for all inputs: to start one takes longer than most inputs do.
        _service ??= new FuzzedService(RuntimeFolder.Open(), $"fuzzed-{Environment.ProcessId}-{++_services}");
        try
        {
            Run(input, _service);
        }
        catch
        {
            // It may hang, so it is left alone. What another input does is told of another one.
            _service = null;
            throw;
        }
    }

    internal static void Run(ReadOnlySpan<byte> input, FuzzedService service)
    {
        var dialogue = new ServiceDialogue();
        var clients = new FuzzedClient?[Connections];
        try
        {
            var hasFlooded = false;
            for (var pieces = 0; input.Length >= 2 && pieces < MostPieces; pieces++)
            {
                var (what, length) = (input[0], Math.Min(input[1], input.Length - 2));
                var piece = input.Slice(2, length);
                input = input[(2 + length)..];
                ref var client = ref clients[what % Connections];
                if (client is { IsOver: true }) End(ref client);
                client ??= new FuzzedClient(service, dialogue);
                switch (what / Connections % 8)
                {
                    case 0:
                        client.Send(piece);
                        client.ReadAnswers();
                        break;
                    case 1 when !piece.IsEmpty:
                        client.Send(dialogue.Request(piece));
                        client.ReadAnswers();
                        break;
                    case 2:
                        End(ref client);
                        break;
                    case 3:
                        // From a second, which cuts nobody, to two hours, which no fork survives.
                        service.Advance(TimeSpan.FromSeconds(1 + length * 30));
                        foreach (var other in clients) other?.TimeHasGoneOn();
                        break;
                    case 4 when !piece.IsEmpty:
                        client.Send(dialogue.Request(piece));
                        break;
                    case 5 when !piece.IsEmpty:
                        client.SendWithFile(piece);
                        client.ReadAnswers();
                        break;
                    case 6:
                        client.EndSending();
                        break;
                    case 7 when !piece.IsEmpty && !hasFlooded:
                        client.Flood(dialogue.Request(piece), times: 4 * length);
                        hasFlooded = true;
                        break;
                }
            }

            foreach (var client in clients) client?.ReadAnswers();
        }
        finally
        {
            foreach (var client in clients) client?.Dispose();
        }

        service.ServeHonestly();
        service.MustBeEmpty();

        static void End(ref FuzzedClient? client)
        {
            client?.Dispose();
            client = null;
        }
    }
}
