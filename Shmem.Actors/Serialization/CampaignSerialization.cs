using System.Collections.Frozen;
using System.Collections.Immutable;
using Akka.Actor;
using Akka.Dispatch.SysMsg;
using Akka.Remote.Serialization;
using Akka.Serialization;
using Shmem.Actors.Messages;

namespace Shmem.Actors.Serialization;

/// <summary>
/// The serializers of a campaign's actor systems. It is a setup, which wins over any configuration. What a process that has the campaign's
/// certificate can make another one deserialise is this and no more:
/// <list type="bullet">
/// <item>the messages of <see cref="ShMemMessageSerializer"/>;</item>
/// <item>null (id 0);</item>
/// <item>a message to an actor selection (id 6), around one of these;</item>
/// <item>Identify and its answer, actor references, the heartbeats of DeathWatch (id 16);</item>
/// <item>Watch, Unwatch and the notification of a death (id 22).</item>
/// </list>
/// Akka.Remote reads its own envelope (associate, disassociate, heartbeat, acknowledgement) without a serializer. Refused are JSON (1), which creates any
/// type it is told to, Akka's protobuf (2), remote deployment (3), byte arrays (4), primitives (17), and exceptions in whatever they come.
/// </summary>
internal static class CampaignSerialization
{
    public static SerializationSetup Setup() => SerializationSetup.Create(system =>
    [
        SerializerDetails.Create("shmem", new ShMemMessageSerializer(system), [typeof(ICampaignMessage)]),

        Refused(system, "json", 1, typeof(object)),
        Refused(system, "proto", 2),
        Refused(system, "daemon-create", 3),
        Refused(system, "bytes", 4),
        Refused(system, "primitive", 17),

        Narrowed(system, "akka-containers", new MessageContainerSerializer(system), ("", typeof(ActorSelectionMessage))),
        Narrowed(system, "akka-misc", new MiscMessageSerializer(system), Misc),
        Narrowed(system, "akka-system-msg", new SystemMessageSerializer(system),
            ("W", typeof(Watch)), ("U", typeof(Unwatch)), ("D", typeof(DeathWatchNotification))),
    ]);

    /// <summary>The manifests are Akka's. The heartbeats' types are internal there, so their names stand here.</summary>
    private static readonly (string Manifest, Type Type)[] Misc =
    [
        ("ID", typeof(Identify)),
        ("AID", typeof(ActorIdentity)),
        ("AR", typeof(IActorRef)),
        ("RWHB", Watcher("Heartbeat")),
        ("RWHR", Watcher("HeartbeatRsp")),
    ];

    private static Type Watcher(string nested) =>
        typeof(MiscMessageSerializer).Assembly.GetType($"Akka.Remote.RemoteWatcher+{nested}", throwOnError: true)!;

    private static SerializerDetails Refused(ExtendedActorSystem system, string name, int identifier, params ImmutableHashSet<Type> types) =>
        SerializerDetails.Create(name, new RefusingSerializer(system, name, identifier), types);

    private static SerializerDetails Narrowed(ExtendedActorSystem system, string name, Serializer inner,
        params (string Manifest, Type Type)[] allowed) =>
        SerializerDetails.Create(name, new NarrowedSerializer(system, inner, allowed.ToFrozenDictionary(a => a.Manifest, a => a.Type)), []);
}
