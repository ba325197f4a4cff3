using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class TrialSeedsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrialSeedsTests()
    {
        Directory.CreateDirectory(_folder["seeds"]);
        foreach (byte seed in (byte[])[1, 2, 3]) _folder.Write($"seeds/{seed}", [seed]);
    }

    public void Dispose() => _folder.Dispose();

    private CampaignOptions Resumed => new() { Output = _folder["out"], Seeds = _folder["seeds"], Resume = true };

    [Theory]
    [InlineData(true, new byte[] { 2 })]
    [InlineData(false, new byte[] { 2, 1, 3 })]
    public void Seeds_are_read_again_until_all_are_in_the_queue(bool hasTakenSeeds, byte[] expected)
    {
        Queue(2);
        var (seeds, warnings) = TrialSeeds.Read(Resumed with { HasTakenSeeds = hasTakenSeeds }, null);
        Assert.Equal(expected, seeds.SelectMany(seed => seed.Bytes));
        // Its file is there already.
        Assert.Equal(0, seeds[0].QueueId);
        Assert.All(seeds.Skip(1), seed => Assert.Null(seed.QueueId));
        Assert.Empty(warnings);
    }

    [Fact]
    public void Seeds_that_are_gone_are_a_warning_where_there_is_a_queue_and_wrong_input_where_there_is_none()
    {
        Directory.Delete(_folder["seeds"], recursive: true);
        Assert.Throws<InputException>(() => TrialSeeds.Read(Resumed, null));
        Queue(2);
        var (seeds, warnings) = TrialSeeds.Read(Resumed, null);
        Assert.Equal([2], Assert.Single(seeds).Bytes);
        Assert.Contains(_folder["seeds"], Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_seeds_a_queue_is_enough_and_without_both_there_is_a_built_in_one()
    {
        Assert.Equal(SeedFolder.BuiltIn.Bytes, Assert.Single(TrialSeeds.Read(Resumed with { Seeds = null }, null).Seeds).Bytes);
        Assert.Equal(3, TrialSeeds.Read(Resumed with { Seeds = null }, _folder["seeds"]).Seeds.Count);
        Queue(2);
        Assert.Equal([2], Assert.Single(TrialSeeds.Read(Resumed with { Seeds = null }, null).Seeds).Bytes);
    }

    private void Queue(byte content) => new EntryFolder(_folder["out/queue"]).Save([content], id => EntryName.Native.Seed(id, "seed"));
}
