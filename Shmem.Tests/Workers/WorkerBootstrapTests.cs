using FsCheck.Xunit;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Workers;

public sealed class WorkerBootstrapTests
{
    private static readonly ShMemDescription Segment = new(ShMemId.Parse("memfd:1.2.3"), 4096, "some-service");

    [Property]
    public void What_is_written_is_read_and_nothing_after_it(byte[] certificate, byte[] payload)
    {
        var written = new WorkerBootstrap(7, "akka.ssl.tcp://shmem@127.0.0.1:1/user/workers", certificate, Segment, payload);
        using var pipe = new MemoryStream([.. written.Encode(), 42]);
        var read = WorkerBootstrap.Read(pipe);
        Assert.Equal((7, written.Broker, Segment), (read.ProcessNumber, read.Broker, read.Segment));
        Assert.Equal(certificate, read.Certificate.ToArray());
        Assert.Equal(payload, read.Payload.ToArray());
        Assert.Equal(42, pipe.ReadByte());
    }

    [Property]
    public void Other_bytes_are_refused(byte[] bytes)
    {
        using var pipe = new MemoryStream(bytes);
        Assert.Throws<InvalidDataException>(() => WorkerBootstrap.Read(pipe));
    }

    [Property]
    public void A_changed_byte_is_refused_or_read_but_never_crashes(byte at, byte value)
    {
        var bytes = new WorkerBootstrap(7, "broker", new byte[9], Segment, new byte[90]).Encode();
        bytes[at % bytes.Length] = value;
        using var pipe = new MemoryStream(bytes);
        try
        {
            Assert.True(WorkerBootstrap.Read(pipe).ProcessNumber > 0);
        }
        catch (InvalidDataException refused)
        {
            Assert.Contains("bootstrap", refused.Message);
        }
    }

    [Fact]
    public void A_length_past_the_cap_is_refused_before_anything_is_allocated()
    {
        using var pipe = new MemoryStream([0xFF, 0xFF, 0xFF, 0x7F]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("claims 268435455 bytes", Assert.Throws<InvalidDataException>(() => WorkerBootstrap.Read(pipe)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void One_that_is_too_large_is_not_written() => Assert.Throws<ArgumentException>(
        () => new WorkerBootstrap(7, "", default, Segment, new byte[WorkerBootstrap.LargestSize]).Encode());
}
