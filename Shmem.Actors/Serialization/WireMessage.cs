using System.Runtime.Serialization;
using Google.Protobuf;

namespace Shmem.Actors.Serialization;

/// <summary>One message of the closed set: its manifest, and its two ways.</summary>
/// <param name="Type">The record.</param>
/// <param name="Manifest">What stands for it on the wire; never changed, never reused.</param>
/// <param name="Write">From the record to its wire form.</param>
/// <param name="Read">From bytes to the record.</param>
internal sealed record WireMessage(Type Type, string Manifest, Func<object, IMessage> Write, Func<byte[], object> Read)
{
    public static WireMessage Of<TMessage, TWire>(string manifest, Func<TMessage, TWire> write, Func<TWire, TMessage> read)
        where TMessage : class
        where TWire : class, IMessage<TWire>, new()
    {
        var parser = new MessageParser<TWire>(() => new TWire()).WithDiscardUnknownFields(true);
        return new WireMessage(typeof(TMessage), manifest, message => write((TMessage)message), bytes =>
        {
            try
            {
                return read(parser.ParseFrom(bytes));
            }
            catch (InvalidProtocolBufferException malformed)
            {
                throw new SerializationException($"Malformed '{manifest}': {malformed.Message}", malformed);
            }
        });
    }
}
