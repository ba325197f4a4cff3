using System.Reflection;
using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Actors.Serialization;
using Xunit;

namespace Shmem.Tests.Serialization;

public sealed class CampaignSerializationTests : IAsyncLifetime
{
    private readonly CampaignCertificate _certificate = CampaignCertificate.Create();
    private readonly ActorSystem _system;

    public CampaignSerializationTests() => _system = ActorSystem.Create("closed", CampaignRemoting.Setup(_certificate));

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _system.Terminate();
        _certificate.Dispose();
    }

    /// <summary>Fails when a later Akka, or a package that brings serializers, adds one that nobody has thought about.</summary>
    [Fact]
    public void Every_serializer_that_Akka_configures_refuses_or_is_narrowed()
    {
        var byId = (Dictionary<int, Serializer>)typeof(Akka.Serialization.Serialization)
            .GetField("_serializersById", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(_system.Serialization)!;

        Assert.Contains(753, byId.Keys);
        Assert.All(byId.Where(entry => entry.Key != 0), entry =>
            Assert.True(entry.Value is RefusingSerializer or NarrowedSerializer or ShMemMessageSerializer, $"{entry}"));
    }

    [Theory]
    [InlineData(1, "System.Diagnostics.Process, System.Diagnostics.Process")]
    [InlineData(2, "Google.Protobuf.WellKnownTypes.Any, Google.Protobuf")]
    [InlineData(3, "")]
    [InlineData(4, "")]
    [InlineData(17, "S")]
    [InlineData(16, "STF")]
    [InlineData(16, "K")]
    [InlineData(16, "PP")]
    [InlineData(16, "CF")]
    [InlineData(22, "Akka.Dispatch.SysMsg.Failed, Akka")]
    [InlineData(22, "Akka.Dispatch.SysMsg.Terminate, Akka")]
    [InlineData(6, "System.Diagnostics.Process, System.Diagnostics.Process")]
    [InlineData(4711, "")]
    public void What_a_campaign_does_not_need_is_not_read(int serializer, string manifest) =>
        Assert.ThrowsAny<SerializationException>(() => _system.Serialization.Deserialize([], serializer, manifest));

    [Fact]
    public void What_is_no_message_of_a_campaign_is_not_written()
    {
        foreach (var message in new object[] { "text", 1, new byte[1], new object(), new Status.Failure(new InvalidOperationException()), PoisonPill.Instance, new HolderGone(default) })
            Assert.ThrowsAny<SerializationException>(() => _system.Serialization.FindSerializerFor(message).ToBinary(message));
    }

    [Fact]
    public void A_message_of_a_campaign_is_written_by_its_own_serializer() =>
        Assert.IsType<ShMemMessageSerializer>(_system.Serialization.FindSerializerFor(GetStatistics.Instance));
}
