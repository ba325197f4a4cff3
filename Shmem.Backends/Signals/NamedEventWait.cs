using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends.Win32;

namespace Shmem.Backends.Signals;

/// <summary>
/// On Windows, where WaitOnAddress knows no other process: a manual-reset event named for the segment and the word's offset. It lives while somebody has it open.
/// </summary>
/// <remarks>
/// Waking sets the event, which releases everyone who waits; the next who waits resets it before it looks at the word. Somebody between its look and its wait may
/// lose a wake to the reset of another, so nobody waits for longer than <see cref="Longest"/> at once.
/// </remarks>
[SupportedOSPlatform("windows")]
internal sealed unsafe class NamedEventWait : WordWait
{
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(20);

    private readonly EventWaitHandle _event;

    public NamedEventWait(ShMem segment, long offset) => _event = new EventWaitHandle(false, EventResetMode.ManualReset, NameOf(segment.Id, offset));

    /// <summary>The same in every process that has the segment.</summary>
    internal static string NameOf(in ShMemId segment, long offset)
    {
        // A segment of the heap has the same id in every process.
        var scope = segment.Scheme == "heap" ? Environment.ProcessId : 0;
        var name = HandleId.InCommon(segment).ToString().Replace('\\', '-').Replace(':', '-');
        return string.Create(CultureInfo.InvariantCulture, $@"Local\shmem-wake-{name}-{scope}-{offset}");
    }

    public override void Wait(uint* word, uint expected, TimeSpan atMost)
    {
        _event.Reset();
        if (Volatile.Read(ref *word) == expected) _event.WaitOne(atMost < Longest ? atMost : Longest);
    }

    public override void Wake(uint* word, int least) => _event.Set();

    public override void Dispose()
    {
        _event.Dispose();
        base.Dispose();
    }
}
