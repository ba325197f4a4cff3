using System.Collections.Immutable;
using Akka.Actor;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>A broker with two slots and the spare: prints each worker's pid when it is ready, and ends with its standard input.</summary>
internal static class BrokerVerb
{
    public static int Run()
    {
        using var certificate = CampaignCertificate.Create();
        using var system = ActorSystem.Create(CampaignRemoting.SystemName, CampaignRemoting.Setup(certificate));
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Printer())), typeof(WorkerStarted));
        system.EventStream.Subscribe(system.ActorOf(Props.Create(() => new Printer())), typeof(WorkerReady));
        var launch = new WorkerLaunch(WorkerCommand.ThisExecutable("worker", "serve"));
        using var application = new Application();
        system.ActorOf(WorkerSupervisorActor.Props(new WorkerOptions(launch, certificate.Export()) { Slots = 2 }, application));
        while (Console.ReadLine() is not null)
        {
        }

        return 0;
    }

    private sealed class Printer : ReceiveActor
    {
        public Printer()
        {
            Receive<WorkerStarted>(started => Print($"started {started.Pid}"));
            Receive<WorkerReady>(ready => Print($"ready {ready.ProcessNumber}"));
        }

        private static void Print(string line)
        {
            Console.WriteLine(line);
            Console.Out.Flush();
        }
    }

    private sealed class Application : IWorkerApplication, IDisposable
    {
        private readonly StdShMemProvider _provider = new();
        private readonly ShMem _shared = new StdShMemProvider().Create(4096);

        public void Dispose() => _shared.Dispose();

        public ShMem CreateProcessSegment(long processNumber) => _provider.Create(4096);

        public ReadOnlyMemory<byte> Payload(long processNumber) => default;

        public ImmutableArray<NamedSegment> Segments() => [];

        public SlotSegments OpenSlot(int slot, int generation, long processNumber) => new(_shared.Description, _shared.Description);

        public ShMemDescription NextSegment(int slot, int sequence) => _shared.Description;

        public ProcessVerdict ProcessGone(WorkerGone gone) => ProcessVerdict.AfterFirstExecution;
    }
}
