using Microsoft.Extensions.Logging.Abstractions;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class UnreproducedInputsTests : IDisposable
{
    private static readonly Provenance s_from = new(null, TimeSpan.Zero, 1, "havoc");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_input_of_a_case_is_kept_and_the_case_counts_once()
    {
        var unreproduced = new UnreproducedInputs(new EntryFolder(_folder.FullPath), NullLogger.Instance);
        unreproduced.Keep([new byte[] { 1 }, new byte[] { 2 }], s_from, isJudged: true);
        Assert.Equal(1, unreproduced.Cases);
        Assert.Equal([[1], [2]], new EntryFolder(_folder.FullPath).Entries().Select(entry => File.ReadAllBytes(entry.Path)));
    }

    [Fact]
    public void A_full_folder_grows_no_further_what_is_in_it_stays_and_cases_are_counted_on()
    {
        for (var id = 0; id < UnreproducedInputs.Most - 1; id++) _folder.Write($"id:{id:000000}", []);
        var unreproduced = new UnreproducedInputs(new EntryFolder(_folder.FullPath), NullLogger.Instance);
        unreproduced.Keep([new byte[] { 1 }, new byte[] { 2 }], s_from, isJudged: true);
        Assert.False(unreproduced.Keep([new byte[] { 3 }], s_from, isJudged: true));

        Assert.Equal(2, unreproduced.Cases);
        var kept = new EntryFolder(_folder.FullPath).Entries();
        Assert.Equal(UnreproducedInputs.Most, kept.Count);
        Assert.Equal([1], File.ReadAllBytes(kept[^1].Path));
    }
}
