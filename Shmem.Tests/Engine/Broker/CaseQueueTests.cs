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
        cases.TryPost(async stop =>
        {
            await late.CancelAsync();
            first.Add(stop.IsCancellationRequested);
        }, isPatient: false);
        cases.TryPost(stop =>
        {
            second.Add(stop.IsCancellationRequested);
            return Task.CompletedTask;
        }, isPatient: false);
        cases.Complete();

        await cases.RunAsync(late.Token, TestContext.Current.CancellationToken);

        Assert.Equal([false], first);
        Assert.Equal([true], second);
    }

    [Fact]
    public async Task The_patient_come_last()
    {
        var cases = new CaseQueue();
        var order = new List<int>();
        foreach (var (number, isPatient) in ((int, bool)[])[(3, true), (1, false), (4, true), (2, false)])
        {
            cases.TryPost(_ =>
            {
                order.Add(number);
                return Task.CompletedTask;
            }, isPatient);
        }

        cases.Complete();
        await cases.RunAsync(CancellationToken.None, TestContext.Current.CancellationToken);

        Assert.Equal([1, 2, 3, 4], order);
    }
}
