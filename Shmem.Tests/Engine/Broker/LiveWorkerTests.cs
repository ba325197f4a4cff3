using Shmem.Backends;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class LiveWorkerTests
{
    /// <summary>A look at memory that is unmapped would end this process.</summary>
    [Fact]
    public async Task Others_may_look_while_its_memory_is_unmapped()
    {
        for (var round = 0; round < 200; round++)
        {
            var segment = new StdShMemProvider().Create(ProcessMemory.SizeFor(64));
            var memory = ProcessMemory.Create(segment, 64);
            memory.Executions = 7;
            var worker = new LiveWorker(1, memory, new ProgressWatch(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
            using var looking = new ManualResetEventSlim();
            var looker = Task.Run(() =>
            {
                var looks = 0;
                while (worker.Look() is { } seen)
                {
                    Assert.Equal((7, ProcessPhase.Idle), seen);
                    if (++looks == 100) looking.Set();
                }
            }, TestContext.Current.CancellationToken);
            looking.Wait(TestContext.Current.CancellationToken);
            worker.End().Dispose();
            segment.Dispose();
            await looker;
            Assert.Equal(0, worker.Executions);
        }
    }
}
