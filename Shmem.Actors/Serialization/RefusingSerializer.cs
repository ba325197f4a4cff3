using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Shmem.Actors.Serialization;

/// <summary>
/// Stands in the place of a serializer of Akka's that a campaign does not need, and refuses whatever is meant for it. It takes manifests as
/// text because Akka would otherwise load the type that a manifest names before any serializer is asked.
/// </summary>
internal sealed class RefusingSerializer(ExtendedActorSystem system, string name, int identifier) : SerializerWithStringManifest(system)
{
    public override int Identifier => identifier;

    public override string Manifest(object o) => throw new SerializationException($"{o.GetType()} is not a message of a campaign.");

    public override byte[] ToBinary(object obj) => throw new SerializationException($"{obj.GetType()} is not a message of a campaign.");

    public override object FromBinary(byte[] bytes, string manifest) =>
        throw new SerializationException($"Nothing is read by the serializer '{name}' ({identifier}) here.");
}
