using Shmem.Sample.Fuzzer.Engine;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Xunit;

namespace Shmem.Tests.Engine;

public sealed class ProcessorWaitTests
{
    [Fact]
    public async Task It_is_the_kernels_count_for_the_thread_that_runs_the_target()
    {
        Require.That(File.Exists("/proc/self/schedstat"), "the kernel does not count how long threads wait for a processor");
        using var turns = new SemaphoreSlim(0);
        using var ended = new SemaphoreSlim(0);
        var target = TargetThread.RunAsync(1 << 20, () =>
        {
            // Each turn begins with a wake-up, and from there to the processor is a wait.
            for (var turn = 0; turn < 1000; turn++)
            {
                turns.Wait();
                ended.Release();
            }

            turns.Wait();
        });
        var wait = new ProcessorWait(Environment.ProcessId);
        var before = wait.Read();
        for (var turn = 0; turn < 1000; turn++)
        {
            turns.Release();
            await ended.WaitAsync(TestContext.Current.CancellationToken);
        }

        await Waiting.Until(() => wait.Read() > before, TimeSpan.FromSeconds(60), "its waits are counted");
        turns.Release();
        await target;
        // The thread is gone, or is about to be.
        while (wait.Read() != TimeSpan.Zero) await Task.Yield();
    }

    [Fact]
    public void A_process_that_is_gone_does_not_wait() => Assert.Equal(TimeSpan.Zero, new ProcessorWait(int.MaxValue).Read());
}
