using System.Collections.Immutable;
using System.Diagnostics;
using Akka.Actor;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Fuzzing;

/// <summary>What the supervisor of the workers does with the messages of one of them, as a target of our own fuzzer.</summary>
public static class SupervisorMessages
{
    /// <summary>The number of the one process, which does nothing; what the input says in its name is said with its pid and start time.</summary>
    private const long Process = 1;

    /// <summary>Of an answer. The fuzzer's own limit is longer, so that what is not answered is reported with the request's name.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Sends messages, each with its length before it, to a new supervisor with one process: every request is answered, by no bug, and after all of them the supervisor still
    /// answers. Where the first byte is odd, it has been told to stop before.
    /// </summary>
    /// <param name="input">The first byte, and the messages.</param>
    public static void Run(ReadOnlySpan<byte> input) => Run(input, new Application());

    internal static void Run(ReadOnlySpan<byte> input, IWorkerApplication application)
    {
        if (input.IsEmpty) return;
        var messages = ActorMessages.ReadRow(input[1..]);
        if (messages.Count == 0) return;
        var node = ActorMessages.System;
        var never = new TaskCompletionSource();
        var leases = node.ActorOf(RcShMemProviderActor.Props(new BrokerState([new HeapShMemProvider()], watch: _ => never.Task, ledger: new LifetimeLedger(firstToken: 1))));
        using var worker = Inbox.Create(node);
        node.EventStream.Subscribe(worker.Receiver, typeof(WorkerStarted));
        var options = new WorkerOptions(new WorkerLaunch(new WorkerCommand("sleep", ["600"])), default)
        {
            KeepsSpare = false, FirstProcessNumber = Process, JoinLimit = TimeSpan.FromHours(1), ReadyLimit = TimeSpan.FromHours(1), BackOff = TimeSpan.FromHours(1),
            LongestBackOff = TimeSpan.FromHours(1),
        };
        var supervisor = node.ActorOf(WorkerSupervisorActor.Props(options, application, leases));
        try
        {
            var started = Next<WorkerStarted>(worker, "its start");
            node.EventStream.Unsubscribe(worker.Receiver);
            var holder = HolderId.Of(started.ProcessNumber, started.Pid);
            if (input[0] % 2 == 1) supervisor.Tell(new StopWorkers(TimeSpan.FromHours(1)), ActorRefs.Nobody);
            foreach (var message in messages)
            {
                var about = InNameOf(message, holder);
                supervisor.Tell(about, worker.Receiver);
                if (about is ICampaignRequest) CheckAnswer(worker, about);
            }

            supervisor.Tell(GetStatistics.Instance, worker.Receiver);
            Next<ShMemStatistics>(worker, "statistics, after all");
        }
        finally
        {
            node.Stop(supervisor);
            node.Stop(leases);
        }
    }

    private static void CheckAnswer(Inbox worker, object request)
    {
        if (Next<ICampaignMessage>(worker, $"{request}") is RequestRefused { Remedy: var remedy } refused && remedy.Contains("bug", StringComparison.Ordinal))
            throw new InvalidOperationException($"{request}: {refused.Why}");
    }

    /// <summary>The next message that is an answer: a worker is also told what it did not ask for.</summary>
    private static T Next<T>(Inbox worker, string to)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience;)
        {
            try
            {
                if (worker.Receive(Patience) is T and not (SlotAssigned or SegmentAnnounced or StopWorker) and var answer) return answer;
            }
            catch (TimeoutException)
            {
                break;
            }
        }

        throw new InvalidOperationException($"not answered: {to}");
    }

    private static object InNameOf(object message, HolderId holder)
    {
        HolderId Named(HolderId given) => given.ProcessNumber == holder.ProcessNumber ? holder : given;
        return message switch
        {
            JoinCampaign { ProcessNumber: Process } => new JoinCampaign(holder.ProcessNumber, holder.Pid, holder.KernelStartTime),
            AcquireLease acquire => acquire with { Holder = Named(acquire.Holder) },
            ReleaseLease release => release with { Holder = Named(release.Holder) },
            PreFork fork => fork with { Parent = Named(fork.Parent) },
            PostFork fork => fork with { Parent = Named(fork.Parent) },
            AbortFork fork => fork with { Parent = Named(fork.Parent) },
            OnRestart restart => restart with { Holder = Named(restart.Holder) },
            SucceedHolder succeed => succeed with { Successor = Named(succeed.Successor) },
            AcknowledgeRestart acknowledge => acknowledge with { Successor = Named(acknowledge.Successor) },
            _ => message,
        };
    }

    /// <summary>A process may ask for as much as it likes, and gets what is there.</summary>
    private sealed class Application : IWorkerApplication
    {
        private static readonly ShMemDescription Some = new(ShMemId.Parse("heap:some"), 4096);

        public ShMem CreateProcessSegment(long processNumber) => new HeapShMemProvider().Create(4096);

        public ReadOnlyMemory<byte> Payload(long processNumber) => default;

        public ImmutableArray<NamedSegment> Segments() => [new("board", NamedSegment.NoSlot, Some)];

        public SlotSegments OpenSlot(int slot, int generation, long processNumber) => new(Some, Some);

        public ShMemDescription NextSegment(int slot, int sequence) => Some;

        public ShMemDescription CheckpointSegment(int slot, int area, int size) => Some with { Size = size };

        public ProcessVerdict ProcessGone(WorkerGone gone) => ProcessVerdict.AfterFirstExecution;
    }
}
