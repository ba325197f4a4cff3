using Akka.Actor;
using Akka.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Shmem.Actors;
using Shmem.Actors.Campaign;
using Shmem.Actors.Hosting;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Coverage;

namespace Shmem.Samples.BabyFuzzer;

/// <summary>The broker: owns the segments, starts two workers and a spare, and ends when the target has been killed three times.</summary>
internal static class BabyBroker
{
    private const int Workers = 2;
    private const int Crashes = 3;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    public static async Task<int> RunAsync()
    {
        // Who has the certificate's key is a member; workers get it on their standard input.
        using var certificate = CampaignCertificate.Create();
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddShMem().AddAkka(CampaignRemoting.SystemName, akka => akka.WithShMem().WithCampaign(certificate));
        using var host = builder.Build();
        await host.StartAsync();
        var system = host.Services.GetRequiredService<ActorSystem>();
        var leases = host.Services.GetRequiredService<ActorRegistry>().Get<RcShMemProviderActor>();
        using var printing = new CampaignEvents(system).Subscribe(new EventPrinter());
        using var application = new BabyApplication(host.Services.GetRequiredService<ShMemProvider>(), leases);
        application.CreateBoard();
        var found = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var crashes = 0;
        application.Crashed += (input, exit) =>
        {
            Console.WriteLine($"crash: \"{Text(input)}\", {exit.Describe()}");
            if (++crashes == Crashes) found.SetResult();
        };

        var launch = new WorkerLaunch(WorkerCommand.ThisExecutable("worker"));
        var options = new WorkerOptions(launch, certificate.Export()) { Slots = Workers };
        var supervisor = system.ActorOf(WorkerSupervisorActor.Props(options, application, leases), "workers");
        application.LogCreated += log => supervisor.Tell(new AnnounceSegment(log));
        WorkerShutdown.Register(system, supervisor, TimeSpan.FromSeconds(2));
        await Task.WhenAny(found.Task, Task.Delay(Limit));

        // The workers first, then the actor system, and with it the segments. Our own views of these stay.
        await host.StopAsync();
        foreach (var entry in application.Corpus()) Console.WriteLine($"corpus: \"{Text(entry)}\"");
        Console.WriteLine($"{application.Board.EdgesFound(BoardKind.Queue)} of {BabyTarget.Edges} edges were reached and survived");
        return found.Task.IsCompleted ? 0 : 1;
    }

    private static string Text(byte[] input) => string.Concat(input.Select(b => b is >= 32 and < 127 ? $"{(char)b}" : $"\\x{b:x2}"));

    private sealed class EventPrinter : IObserver<ICampaignEvent>
    {
        public void OnNext(ICampaignEvent value) => Console.WriteLine(value is WorkerExited gone ? $"worker {gone.ProcessNumber} {gone.Exit.Describe()}" : value);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
