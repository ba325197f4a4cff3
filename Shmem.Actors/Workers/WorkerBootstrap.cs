using Google.Protobuf;
using Shmem.Backends;

namespace Shmem.Actors.Workers;

/// <summary>
/// What a worker process is told on its standard input, and nowhere else: arguments and environment can be read by others. One protobuf message,
/// preceded by its length.
/// </summary>
/// <param name="ProcessNumber">The number that the campaign gave the process; at least 1, never given twice.</param>
/// <param name="Broker">The path of the broker's <see cref="WorkerSupervisorActor"/>; empty for a process that does not join.</param>
/// <param name="Certificate">The campaign's certificate with its key, as PKCS#12; empty for a process that does not join, and where the campaign has no TLS.</param>
/// <param name="Segment">The process's own segment.</param>
/// <param name="Payload">What the application tells its workers.</param>
public sealed record WorkerBootstrap(
    long ProcessNumber, string Broker, ReadOnlyMemory<byte> Certificate, ShMemDescription Segment, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The most bytes that the encoded message may have: 1 MiB.</summary>
    public const int LargestSize = 1 << 20;

    /// <summary>The bytes that go through the pipe, length first.</summary>
    /// <exception cref="ArgumentException">They are more than <see cref="LargestSize"/>.</exception>
    public byte[] Encode()
    {
        var wire = new Wire.Bootstrap
        {
            ProcessNumber = ProcessNumber,
            Broker = Broker,
            Certificate = UnsafeByteOperations.UnsafeWrap(Certificate),
            SegmentId = Segment.Id.ToString(),
            SegmentSize = Segment.Size,
            SegmentService = Segment.Service ?? "",
            Payload = UnsafeByteOperations.UnsafeWrap(Payload),
        };
        var size = wire.CalculateSize();
        if (size > LargestSize) throw new ArgumentException($"A worker's bootstrap of {size} bytes is larger than {LargestSize}.");
        using var buffer = new MemoryStream(size + sizeof(int) + 1);
        wire.WriteDelimitedTo(buffer);
        return buffer.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> made, and not a byte more.</summary>
    /// <exception cref="InvalidDataException">The stream ended early, or holds something else.</exception>
    public static WorkerBootstrap Read(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            var bytes = new byte[ReadLength(source)];
            source.ReadExactly(bytes);
            var wire = Wire.Bootstrap.Parser.ParseFrom(bytes);
            var service = wire.SegmentService.Length == 0 ? null : wire.SegmentService;
            if (wire.ProcessNumber < 1) throw Malformed("the process number is below 1");
            if (!ShMemId.TryParse(wire.SegmentId, null, out var id)) throw Malformed("the segment has no id");
            if (wire.SegmentSize < 1) throw Malformed("the segment has no size");
            if (service is not null && !ShMemDescription.IsServiceName(service)) throw Malformed("the segment's service has no such name");
            return new WorkerBootstrap(wire.ProcessNumber, wire.Broker, wire.Certificate.Memory, new ShMemDescription(id, wire.SegmentSize, service),
                wire.Payload.Memory);
        }
        catch (EndOfStreamException)
        {
            throw Malformed("it ended early");
        }
        catch (InvalidProtocolBufferException broken)
        {
            throw Malformed(broken.Message);
        }
    }

    // A varint of at most four bytes, which is more than the cap needs. Byte by byte, because what follows belongs to others.
    private static int ReadLength(Stream source)
    {
        var length = 0;
        for (var shift = 0; shift < 28; shift += 7)
        {
            var next = source.ReadByte();
            if (next < 0) throw new EndOfStreamException();
            length |= (next & 0x7F) << shift;
            if (next < 0x80) return length <= LargestSize ? length : throw Malformed($"it claims {length} bytes");
        }

        throw Malformed("its length is no number");
    }

    private static InvalidDataException Malformed(string why) => new($"A worker's bootstrap on standard input: {why}. Only the broker starts workers.");
}
