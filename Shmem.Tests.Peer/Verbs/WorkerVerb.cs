using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Slots;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A worker, well-behaved or not. What it does stands in its own segment, as 64-bit numbers: at 0 its executions, at 8 its slot plus one, at 16 the
/// generation, at 24 the pid of its grandchild, at 32 the segments granted, at 40 the segments announced, at 48 its pid
/// once it has the slot, at 56 the segments granted for its checkpoint. Where it saves: at 64 the steps that it has restored, at 72 the number that they came to, at 80 the
/// length of that state, at 88 the steps that it has saved.
/// </summary>
internal static class WorkerVerb
{
    public static int Run(string how)
    {
        if (how == "exit-at-once")
        {
            Console.Error.WriteLine("cannot load the target");
            return 7;
        }

        var host = WorkerHost.Start();
        using var own = new StdShMemProvider().Open(host.Bootstrap.Segment);
        if (!host.Joins)
        {
            own.Ref<long>(0) = host.Bootstrap.Payload.Span[0];
            return 0;
        }

        if (how == "never-join") Thread.Sleep(Timeout.Infinite);
        var stopped = new TaskCompletionSource();
        host.JoinAsync(new Handler(how, own, stopped)).GetAwaiter().GetResult();
        stopped.Task.GetAwaiter().GetResult();
        return 0;
    }

    private sealed class Handler(string how, ShMem own, TaskCompletionSource stopped) : IWorkerHandler
    {
        private readonly BlockingCollection<CheckpointSegmentGranted> _granted = [];
        private WorkerConnection _connection = null!;

        public void Joined(WorkerConnection connection, ImmutableArray<NamedSegment> segments)
        {
            _connection = connection;
            if (how is "grandchild" or "ignore-stop" or "holds-stderr")
            {
                // In a session of its own it is not killed with us, and keeps our stderr open.
                using var grandchild = how == "holds-stderr" ? Process.Start("setsid", "sleep 600") : Process.Start("sleep", "600");
                Volatile.Write(ref own.Ref<long>(24), grandchild.Id);
            }

            if (how == "fail") throw new InvalidOperationException("no target here");
            connection.ReportReady();
        }

        public void SlotAssigned(SlotAssigned slot)
        {
            if (how == "die-on-slot" || how == "die-on-first-slot" && slot.Slot == 0) Environment.Exit(9);
            Volatile.Write(ref own.Ref<long>(48), Environment.ProcessId);
            Volatile.Write(ref own.Ref<long>(8), slot.Slot + 1);
            Volatile.Write(ref own.Ref<long>(16), slot.Generation);
            if (how is "saves" or "saves-larger")
            {
                new Thread(() => Save(slot)) { IsBackground = true }.Start();
                return;
            }

            Volatile.Write(ref own.Ref<long>(0), 1);
            if (how == "fail-at-work")
            {
                Console.Error.WriteLine("of the target\nno descriptor is left");
                Environment.Exit(77);
            }

            _connection.RequestNextSegment(slot.Slot, slot.Generation, 1);
            _connection.RequestCheckpointSegment(slot.Slot, slot.Generation, 1, 5000);
        }

        public void NextSegmentGranted(NextSegmentGranted granted) => Interlocked.Increment(ref own.Ref<long>(32));

        public void CheckpointSegmentGranted(CheckpointSegmentGranted granted)
        {
            _granted.Add(granted);
            if (granted is { Area: 1, Segment.Size: 5000 }) Interlocked.Increment(ref own.Ref<long>(56));
        }

        /// <summary>Goes on where the slot's last worker was, a step and a checkpoint at a time, until it is killed.</summary>
        private void Save(SlotAssigned slot)
        {
            var provider = new StdShMemProvider();
            using var segment = provider.Open(slot.Checkpoint);
            using var checkpoint = SlotCheckpoint.Open(segment);
            var (steps, number, length) = checkpoint.TryRead(out var restored, description => provider.Open(description))
                ? (BitConverter.ToInt64(restored), BitConverter.ToUInt64(restored, sizeof(long)), restored.Length)
                : (0, 1, 0);
            (own.Ref<long>(64), own.Ref<ulong>(72), own.Ref<long>(80)) = (steps, number, length);
            Volatile.Write(ref own.Ref<long>(0), 1);
            var state = new byte[how == "saves" ? 2 * sizeof(long) : 5000];
            for (var area = 0; area < 2 && how == "saves-larger"; area++)
            {
                _connection.RequestCheckpointSegment(slot.Slot, slot.Generation, area, state.Length);
                using var larger = provider.Open(_granted.Take().Segment);
                checkpoint.Give(area, larger);
            }

            while (true)
            {
                number = unchecked(number * 6364136223846793005 + 1442695040888963407);
                state.AsSpan().Fill((byte)++steps);
                BitConverter.TryWriteBytes(state, steps);
                BitConverter.TryWriteBytes(state.AsSpan(sizeof(long)), number);
                checkpoint.Write(state);
                Volatile.Write(ref own.Ref<long>(88), steps);
            }
        }

        public void SegmentAnnounced(NamedSegment segment) => Interlocked.Increment(ref own.Ref<long>(40));

        public void Refused(RequestRefused refusal) => Console.Error.WriteLine(refusal);

        public void StopRequested(TimeSpan grace)
        {
            if (how == "ignore-stop") return;
            _connection.ReportStopped();
            stopped.TrySetResult();
        }
    }
}
