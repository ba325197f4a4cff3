using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Configuration;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Serialization;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Fuzzing;

/// <summary>What the broker does with the bytes of its workers, as targets of our own fuzzer.</summary>
public static class ActorMessages
{
    /// <summary>The longest row of messages: a longer one takes longer, and says nothing else.</summary>
    private const int Longest = 4096;

    /// <summary>Of an answer. The fuzzer's own limit is longer, so that what is not answered is reported with the request's name.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly HolderId Holder = new(1, 2, 3);
    private static readonly ShMemMessageSerializer Serializer = new(null!);

    /// <summary>In the order of their names, so that an input means the same tomorrow.</summary>
    private static readonly string[] Manifests = [.. ClosedSet.ByManifest.Keys.Order(StringComparer.Ordinal)];

    private static readonly Lazy<ActorSystem> Node = new(() => ActorSystem.Create("fuzzed", ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF, log-dead-letters = off }")));

    internal static ActorSystem System => Node.Value;

    /// <summary>Reads one message: its first byte says which of the closed set. What can be read can be written, and is then the same.</summary>
    /// <param name="input">The message.</param>
    public static void Read(ReadOnlySpan<byte> input)
    {
        if (TryRead(input) is not var (message, manifest)) return;
        var bytes = Serializer.ToBinary(message);
        var again = Serializer.FromBinary(bytes, manifest);
        // Lists compare by identity, their bytes do not.
        if (!message.Equals(again) && !bytes.AsSpan().SequenceEqual(Serializer.ToBinary(again))) throw new InvalidOperationException($"{message} has become {again}");
    }

    /// <summary>Sends messages, each with its length before it, to a new broker that has one segment: every request is answered, and by no bug.</summary>
    /// <param name="input">The messages; what lies behind the first 4 KiB is not sent.</param>
    /// <remarks>The broker's fork tokens count from 1, so that an input can hit them, and it watches no process: pids of the input are some of this machine.</remarks>
    public static void Ask(ReadOnlySpan<byte> input) => Ask(input, TimeProvider.System);

    internal static void Ask(ReadOnlySpan<byte> input, TimeProvider time)
    {
        var requests = ReadRow(input).OfType<ICampaignRequest>().ToList();
        if (requests.Count == 0) return;
        var never = new TaskCompletionSource();
        var broker = Node.Value.ActorOf(RcShMemProviderActor.Props(
            new BrokerState([new HeapShMemProvider()], time, watch: _ => never.Task, ledger: new LifetimeLedger(firstToken: 1))));
        try
        {
            var segment = ((SegmentCreated)Answer(broker, new CreateSegment(100, Holder, "fuzzed"))).Segment.Id;
            foreach (var request in requests)
            {
                // Ids count on from one broker to the next: any id is the segment's, unless it is none.
                var about = request switch
                {
                    AcquireLease { Id.IsEmpty: false } acquire => acquire with { Id = segment },
                    ReleaseLease { Id.IsEmpty: false } release => release with { Id = segment },
                    _ => request,
                };
                if (Answer(broker, about) is RequestRefused { Remedy: var remedy } refused && remedy.Contains("bug in Shmem", StringComparison.Ordinal))
                    throw new InvalidOperationException($"{about}: {refused.Why}");
            }
        }
        finally
        {
            Node.Value.Stop(broker);
        }
    }

    /// <summary>A row of messages, each with its length before it.</summary>
    internal static List<object> ReadRow(ReadOnlySpan<byte> input)
    {
        input = input[..Math.Min(input.Length, Longest)];
        var messages = new List<object>();
        while (input.Length > 1)
        {
            var length = Math.Min(1 + input[0], input.Length - 1);
            if (TryRead(input.Slice(1, length)) is ({ } message, _)) messages.Add(message);
            input = input[(1 + length)..];
        }

        return messages;
    }

    private static object Answer(IActorRef broker, object request) => broker.Ask<object>(request, Patience).GetAwaiter().GetResult();

    private static (object Message, string Manifest)? TryRead(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return null;
        var manifest = Manifests[input[0] % Manifests.Length];
        try
        {
            return (Serializer.FromBinary(input[1..].ToArray(), manifest), manifest);
        }
        catch (SerializationException)
        {
            // Refused, as it has to be.
            return null;
        }
    }
}
