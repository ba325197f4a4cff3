using Microsoft.Extensions.Logging.Abstractions;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class BrokerHostTests
{
    [Fact]
    public async Task Its_actors_have_ended_before_what_it_owns_is_let_go()
    {
        var host = await BrokerHost.StartAsync(NullLoggerFactory.Instance);
        var ends = new List<string>();
        host.Own(new End(() => ends.Add("first")));
        host.Own(new End(() => ends.Add(host.System.WhenTerminated.IsCompleted ? "last, when nobody looks" : "last, while actors live")));

        await host.DisposeAsync();

        Assert.Equal(["last, when nobody looks", "first"], ends);
    }

    private sealed class End(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
