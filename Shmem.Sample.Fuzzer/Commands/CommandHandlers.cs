using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>Which part of the program carries out which command.</summary>
internal sealed class CommandHandlers : ICommandHandlers
{
    public Task<int> FuzzAsync(CampaignOptions options, CancellationToken stop) => CampaignRunner.RunAsync(options, stop);

    public Task<int> ReplayAsync(ReplayOptions options, CancellationToken stop) => ReplayRunner.RunAsync(options, Console.Out, stop);

    public Task<int> DoctorAsync(DoctorOptions options, CancellationToken stop) => Task.FromResult(Doctor.Run(options, Console.Out));

    public Task<int> WorkerAsync() => WorkerProgram.RunAsync();

    public Task<int> VerdictAsync() => VerdictProgram.RunAsync();

    public Task<int> StacksAsync(int pid, int samples, TimeSpan between) => Task.FromResult(StackReader.Run(pid, samples, between, Console.OpenStandardInput(), Console.Out));
}
