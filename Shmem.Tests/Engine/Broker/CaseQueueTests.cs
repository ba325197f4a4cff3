using Shmem.Sample.Fuzzer.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class CaseQueueTests
{
    [Fact]
    public async Task What_has_begun_when_it_grows_late_comes_to_its_end_and_what_has_not_is_told_so()
    {
        using var late = new CancellationTokenSource();
        var cases = new CaseQueue();
        var (first, second) = (new List<bool>(), new List<bool>());
        cases.TryPost(CaseRank.Died, async stop =>
        {
            await late.CancelAsync();
            first.Add(stop.IsCancellationRequested);
        });
        cases.TryPost(CaseRank.Died, stop =>
        {
            second.Add(stop.IsCancellationRequested);
            return Task.CompletedTask;
        });
        cases.Complete();

        await cases.RunAsync(late.Token, TestContext.Current.CancellationToken);

        Assert.Equal([false], first);
        Assert.Equal([true], second);
    }

    [Fact]
    public async Task A_death_comes_before_an_exception_and_who_was_killed_comes_last()
    {
        var cases = new CaseQueue();
        var order = new List<int>();
        foreach (var (number, rank) in ((int, CaseRank)[])[(5, CaseRank.Killed), (3, CaseRank.Thrown), (1, CaseRank.Died), (6, CaseRank.Killed), (4, CaseRank.Thrown), (2, CaseRank.Died)])
        {
            cases.TryPost(rank, _ =>
            {
                order.Add(number);
                return Task.CompletedTask;
            });
        }

        cases.Complete();
        await cases.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 3, 4, 5, 6], order);
    }

    [Fact]
    public void Who_was_killed_leaves_room_to_exceptions_and_those_to_deaths()
    {
        var cases = new CaseQueue();
        var posted = new[] { CaseRank.Killed, CaseRank.Thrown, CaseRank.Died }
            .Select(rank => Enumerable.Range(0, CaseQueue.Most).Count(_ => cases.TryPost(rank, _ => Task.CompletedTask)));

        Assert.Equal([CaseQueue.MostKilled, CaseQueue.MostThrown - CaseQueue.MostKilled, CaseQueue.Most - CaseQueue.MostThrown], posted);
    }
}
