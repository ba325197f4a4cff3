namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>The thread that runs the target, with a stack of the user's size.</summary>
internal static class TargetThread
{
    /// <summary>The thread's name, also in <c>/proc/&lt;pid&gt;/task/&lt;tid&gt;/comm</c>.</summary>
    public const string Name = "target";

    /// <summary>Runs the work to its end; what it throws comes out of the task.</summary>
    public static Task RunAsync(int stackSize, Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
#pragma warning disable CA1031 // It is rethrown by whoever awaits.
            catch (Exception e)
#pragma warning restore CA1031
            {
                done.SetException(e);
            }
        }, stackSize) { IsBackground = true, Name = Name }.Start();
        return done.Task;
    }
}
