using System.Collections.Frozen;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Shmem.Actors.Serialization;

/// <summary>
/// One of Akka's own serializers, cut down to what remoting itself needs. Uncut they also carry exceptions, which Akka makes by calling the
/// serialization constructor of any type that the sender names.
/// </summary>
/// <param name="system">The actor system.</param>
/// <param name="inner">Akka's serializer.</param>
/// <param name="allowed">What may pass: the manifest on the wire, and the type that stands for it.</param>
internal sealed class NarrowedSerializer(ExtendedActorSystem system, Serializer inner, FrozenDictionary<string, Type> allowed)
    : SerializerWithStringManifest(system)
{
    public override int Identifier => inner.Identifier;

    public override string Manifest(object o)
    {
        foreach (var (manifest, type) in allowed)
            if (type.IsInstanceOfType(o)) return manifest;
        throw new SerializationException($"{o.GetType()} does not leave this process.");
    }

    public override byte[] ToBinary(object obj)
    {
        Manifest(obj);
        return inner.ToBinary(obj);
    }

    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!allowed.TryGetValue(manifest ?? "", out var type)) throw new SerializationException("Not needed by a campaign.");
        return inner is SerializerWithStringManifest named ? named.FromBinary(bytes, manifest) : inner.FromBinary(bytes, type);
    }
}
