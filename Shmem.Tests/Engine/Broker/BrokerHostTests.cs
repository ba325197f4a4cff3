using Microsoft.Extensions.Logging.Abstractions;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class BrokerHostTests
{
    [Fact]
    [Trait("Needs", "Unix")]
    public async Task Its_workers_are_gone_and_its_actors_have_ended_before_what_it_owns_is_let_go()
    {
        using var application = new TestApplication();
        var host = await BrokerHost.StartAsync(NullLoggerFactory.Instance);
        var ends = new List<string>();
        host.Own(new End(() => ends.Add("first")));
        host.Own(new End(() => ends.Add(host.System.WhenTerminated.IsCompleted ? "last, when nobody looks" : "last, while actors live")));
        var started = new TaskCompletionSource<WorkerStarted>(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Subscribe(happened => started.TrySetResult((WorkerStarted)happened), typeof(WorkerStarted));
        var options = new WorkerOptions(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default) { KeepsSpare = false };
        host.StartWorkers(options, application, TimeSpan.Zero);
        var worker = await started.Task.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);

        await host.DisposeAsync();

        Assert.Equal(["last, when nobody looks", "first"], ends);
        Assert.False(PeerCommand.Lives(worker.Pid));
        // By the system's word, and not by a kill that nobody waits for.
        Assert.Equal([worker.ProcessNumber], application.Gone);
    }

    private sealed class End(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
