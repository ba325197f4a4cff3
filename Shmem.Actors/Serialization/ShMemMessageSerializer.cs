using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Google.Protobuf;

namespace Shmem.Actors.Serialization;

/// <summary>
/// Writes and reads the messages of a campaign, a closed set: see <c>shmem.proto</c>. Anything else, and anything malformed or over the limits
/// (64 KiB a message, 4096 items a list, 1024 characters a string), is a <see cref="SerializationException"/>: Akka.Remote logs it and drops that
/// message, the connection stays.
/// </summary>
public sealed class ShMemMessageSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>Akka keeps 0 to 40 for itself.</summary>
    public override int Identifier => 753;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The object is not a message of the set.</exception>
    public override string Manifest(object o) => Find(o).Manifest;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">The object is not a message of the set, or is over the limits.</exception>
    public override byte[] ToBinary(object obj)
    {
        var wire = Find(obj).Write(obj);
        var size = wire.CalculateSize();
        return size <= WireLimits.MessageBytes ? wire.ToByteArray() : throw TooLong(size);
    }

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Unknown, malformed or over the limits.</exception>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (bytes.Length > WireLimits.MessageBytes) throw TooLong(bytes.Length);
        return ClosedSet.ByManifest.TryGetValue(manifest ?? "", out var message)
            ? message.Read(bytes)
            : throw new SerializationException("Not a message of a campaign.");
    }

    private static WireMessage Find(object o) => ClosedSet.ByType.TryGetValue(o.GetType(), out var message)
        ? message
        : throw new SerializationException($"{o.GetType()} is not a message of a campaign.");

    private static SerializationException TooLong(int size) =>
        new($"A message of {size} bytes; {WireLimits.MessageBytes} are the limit.");
}
