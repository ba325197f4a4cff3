using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Tests.Commands;

/// <summary>Keeps what a command line asks for.</summary>
internal sealed class RecordingHandlers : ICommandHandlers
{
    public object? Asked { get; private set; }

    public int Answer { get; set; }

    public Exception? Failure { get; set; }

    public Task<int> FuzzAsync(CampaignOptions options, CancellationToken stop) => Note(options);

    public Task<int> ReplayAsync(ReplayOptions options, CancellationToken stop) => Note(options);

    public Task<int> DoctorAsync(DoctorOptions options, CancellationToken stop) => Note(options);

    public Task<int> WorkerAsync() => Note("worker");

    public Task<int> VerdictAsync() => Note("verdict");

    public Task<int> StacksAsync(int pid, int samples, TimeSpan between) => Note(pid);

    private Task<int> Note(object asked)
    {
        Asked = asked;
        return Failure is null ? Task.FromResult(Answer) : Task.FromException<int>(Failure);
    }
}
