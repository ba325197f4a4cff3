using System.Globalization;
using Shmem.Backends.Signals;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Waits and wakes as a worker does, and may die at any step of it.</summary>
internal static class SignalVerb
{
    /// <summary>Where a test's segment has what.</summary>
    internal const long Mutex = 0, Ping = 64, Pong = 128, First = 192, Second = 256, Rounds = 320;

    /// <summary>Enters and leaves the mutex.</summary>
    public static int Lock(string segment, string steps)
    {
        using var view = DescriptionArgument.Open(segment);
        using var mutex = new SharedMutex(view, Mutex);
        Console.WriteLine("running");
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        mutex.Enter<Death>(Timeout.InfiniteTimeSpan);
        mutex.Exit<Death>();
        return 0;
    }

    /// <summary>Enters the mutex again and again, and adds 1 to two words inside; mends them where an owner died in between.</summary>
    public static int Add(string segment, string rounds)
    {
        using var view = DescriptionArgument.Open(segment);
        using var mutex = new SharedMutex(view, Mutex);
        ref var first = ref view.Ref<long>(First);
        ref var second = ref view.Ref<long>(Second);
        Console.WriteLine("running");
        for (var left = long.Parse(rounds, CultureInfo.InvariantCulture); left > 0; left--)
        {
            var entry = mutex.Enter();
            if (first != second)
            {
                // Only who is told may find it half done.
                if (entry != MutexEntry.Abandoned) return 3;
                second = first;
            }

            first++;
            Thread.SpinWait(20);
            second++;
            mutex.Exit();
            Interlocked.Increment(ref view.Ref<long>(Rounds));
        }

        return 0;
    }

    /// <summary>Notifies once, after the other side has gone to sleep.</summary>
    public static int Notify(string segment, string steps)
    {
        using var view = DescriptionArgument.Open(segment);
        using var signal = new SharedSignal(view, Ping);
        Console.WriteLine("running");
        SpinWait.SpinUntil(() => (view.Ref<uint>(Ping) & SharedSignal.SomebodySleeps) != 0);
        Death.After(int.Parse(steps, CultureInfo.InvariantCulture));
        signal.Notify<Death>();
        return 0;
    }

    /// <summary>Answers each notification of one signal by one of the other.</summary>
    public static int Echo(string segment, string rounds)
    {
        using var view = DescriptionArgument.Open(segment);
        using var ping = new SharedSignal(view, Ping);
        using var pong = new SharedSignal(view, Pong);
        Console.WriteLine("running");
        for (uint seen = 0, last = uint.Parse(rounds, CultureInfo.InvariantCulture); seen < last; seen++)
        {
            ping.Wait(seen, Timeout.InfiniteTimeSpan);
            pong.Notify();
        }

        return 0;
    }

    /// <summary>Goes to sleep and dies there, once it has said so.</summary>
    public static int Sleep(string segment)
    {
        using var view = DescriptionArgument.Open(segment);
        using var signal = new SharedSignal(view, Ping);
        Console.WriteLine("running");
        Death.After(0);
        signal.Wait<Death>(0, Timeout.InfiniteTimeSpan);
        return 0;
    }
}
