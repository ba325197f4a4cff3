using System.Runtime.Serialization;
using Akka.Actor;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Shmem.Actors.Messages;
using Shmem.Actors.Serialization;
using Shmem.Backends;
using Xunit;
using Wire = Shmem.Actors.Serialization.Wire;

namespace Shmem.Tests.Serialization;

public sealed class ShMemMessageSerializerTests : IAsyncLifetime
{
    private readonly ActorSystem _system = ActorSystem.Create("serialization", Shmem.Actors.Campaign.CampaignHocon.Load());
    private readonly ShMemMessageSerializer _serializer;

    public ShMemMessageSerializerTests() => _serializer = new ShMemMessageSerializer((ExtendedActorSystem)_system);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await _system.Terminate();

    [Property(MaxTest = 500, Arbitrary = [typeof(CampaignMessages)])]
    public void Every_message_comes_back_as_it_was_sent(CampaignMessage sent)
    {
        var bytes = _serializer.ToBinary(sent.Message);

        Assert.Equal(sent.Message, _serializer.FromBinary(bytes, _serializer.Manifest(sent.Message)));
    }

    [Fact]
    public void The_generator_knows_every_message_of_the_set()
    {
        var marked = typeof(ICampaignMessage).Assembly.GetTypes()
            .Where(type => type.IsAssignableTo(typeof(ICampaignMessage)) && !type.IsInterface).ToHashSet();

        Assert.Equal(marked, ClosedSet.All.Select(message => message.Type).ToHashSet());
        Assert.Equal(marked, CampaignMessages.Types.ToHashSet());
    }

    [Property(MaxTest = 2000)]
    public void Hostile_bytes_are_refused_or_read_and_nothing_else(byte[] bytes, int which) =>
        AssertRefusedOrRead(bytes, ClosedSet.All[(int)((uint)which % ClosedSet.All.Length)].Manifest);

    [Property(MaxTest = 1000, Arbitrary = [typeof(CampaignMessages)])]
    public void A_damaged_message_is_refused_or_read_and_nothing_else(CampaignMessage sent, int at, byte to, bool cut)
    {
        var bytes = _serializer.ToBinary(sent.Message);
        if (bytes.Length == 0) return;
        var position = (int)((uint)at % bytes.Length);
        bytes[position] = to;

        foreach (var message in ClosedSet.All) AssertRefusedOrRead(cut ? bytes[..position] : bytes, message.Manifest);
    }

    [Theory]
    [InlineData("")]
    [InlineData("System.Object")]
    [InlineData("Shmem.Actors.Messages.CreateSegment, Shmem.Actors")]
    [InlineData("JOIN")]
    public void An_unknown_manifest_is_refused(string manifest) =>
        Assert.Throws<SerializationException>(() => _serializer.FromBinary([], manifest));

    [Theory]
    [InlineData("no colon")]
    [InlineData("")]
    [InlineData("memfd:1.2.3456789012345678901234567890123456789012345678901234567890")]
    [InlineData("MEMFD:1")]
    [InlineData("memfd:\n")]
    public void A_bad_id_is_refused(string id) => AssertRefused("acquire", new Wire.Lease
    {
        Holder = new Wire.Holder(), Id = id,
    });

    [Fact]
    public void A_message_without_its_parts_is_refused()
    {
        string[] manifests =
        [
            "acquire", "release", "announced", "slot", "granted", "lease-granted", "lease-released", "pre-fork", "fork-prepared", "post-fork", "claim-fork",
            "abort-fork", "on-restart", "succeed", "acknowledge-restart", "restart-acknowledged",
        ];
        foreach (var manifest in manifests)
            Assert.Throws<SerializationException>(() => _serializer.FromBinary([], manifest));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(-1, "")]
    [InlineData(long.MinValue, "")]
    [InlineData(1, "Not a service")]
    public void A_description_that_no_segment_can_have_is_refused(long size, string service) =>
        AssertRefused("granted", new Wire.NextSegmentGranted
        {
            Segment = new Wire.Description { Id = "heap:1", Size = size, Service = service },
        });

    [Fact]
    public void A_message_over_64_KiB_is_refused_on_both_sides()
    {
        var segment = new NamedSegment(new string('n', WireLimits.Characters), 0, new ShMemDescription(ShMemId.Parse("heap:1"), 1));
        var joined = new CampaignJoined([.. Enumerable.Repeat(segment, 100)]);

        var written = Assert.Throws<SerializationException>(() => _serializer.ToBinary(joined));
        // Nothing else is wrong with what another writes.
        var wire = new Wire.CampaignJoined();
        wire.Segments.AddRange(Enumerable.Repeat(new Wire.Segment { Name = segment.Name, Description = new Wire.Description { Id = "heap:1", Size = 1 } }, 100));
        Assert.All([written, AssertRefused("joined", wire)], refused => Assert.Contains($"{WireLimits.MessageBytes} are the limit", refused.Message));
    }

    [Fact]
    public void A_list_over_4096_items_is_refused()
    {
        var wire = new Wire.CampaignJoined();
        wire.Segments.AddRange(Enumerable.Repeat(new Wire.Segment(), WireLimits.Items + 1));

        Assert.Contains("list", AssertRefused("joined", wire).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_string_over_1024_characters_is_refused_and_our_own_are_cut()
    {
        var tooLong = new string('x', WireLimits.Characters + 1);
        AssertRefused("failure", new Wire.ReportFailure { Reason = tooLong });

        var bytes = _serializer.ToBinary(new ReportFailure(1, tooLong));

        Assert.Equal(new ReportFailure(1, tooLong[1..]), _serializer.FromBinary(bytes, "failure"));
    }

    [Fact]
    public void An_error_that_does_not_exist_and_a_negative_time_are_refused()
    {
        AssertRefused("refused", new Wire.RequestRefused { Error = 99 });
        AssertRefused("stop", new Wire.StopWorker { GraceTicks = -1 });
        AssertRefused("pre-fork", new Wire.PreFork { Parent = new Wire.Holder(), LimitTicks = -1 });
        AssertRefused("on-restart", new Wire.OnRestart { Holder = new Wire.Holder(), GraceTicks = long.MinValue });
    }

    [Fact]
    public void What_belongs_to_the_broker_alone_has_no_form_on_the_wire()
    {
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new CreateSegment(1, default, "map")));
        Assert.Throws<SerializationException>(() => _serializer.ToBinary(new HolderGone(default)));
    }

    private SerializationException AssertRefused(string manifest, Google.Protobuf.IMessage wire) =>
        Assert.Throws<SerializationException>(() =>
            _serializer.FromBinary(Google.Protobuf.MessageExtensions.ToByteArray(wire), manifest));

    private void AssertRefusedOrRead(byte[] bytes, string manifest)
    {
        try
        {
            Assert.NotNull(_serializer.FromBinary(bytes, manifest));
        }
        catch (SerializationException)
        {
            // Refused: as good.
        }
    }
}
