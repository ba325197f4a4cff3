using System.Diagnostics;

namespace Shmem.Backends.Signals;

/// <summary>
/// Where the operating system has nothing to sleep on across processes: looks at the word once per millisecond, after a short spin. A change is seen after at
/// most 1 ms and what the scheduler adds to a sleep (2 ms in all on an idle machine).
/// </summary>
internal sealed unsafe class PollingWait : WordWait
{
    public static readonly PollingWait Instance = new();

    public override void Wait(uint* word, uint expected, TimeSpan atMost)
    {
        var start = Stopwatch.GetTimestamp();
        var spin = new SpinWait();
        while (Volatile.Read(ref *word) == expected && Stopwatch.GetElapsedTime(start) < atMost)
        {
            if (spin.NextSpinWillYield) Thread.Sleep(1);
            else spin.SpinOnce();
        }
    }

    public override void Wake(uint* word, int least)
    {
    }
}
