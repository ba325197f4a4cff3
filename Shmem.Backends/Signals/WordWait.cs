namespace Shmem.Backends.Signals;

/// <summary>Sleeping on a 32-bit word of shared memory until another process wakes those who sleep on it.</summary>
// SAFETY: whoever calls keeps the segment that the word lies in mapped for as long as the call lasts; the word is aligned to its four bytes.
internal abstract unsafe class WordWait : IDisposable
{
    /// <summary>The way of this operating system for a word at an offset of a segment. The caller disposes it.</summary>
    public static WordWait For(ShMem segment, long offset)
    {
        if ((OperatingSystem.IsLinux() || OperatingSystem.IsAndroid()) && Interop.LibcFutex.SystemCall != 0) return FutexWait.Instance;
        if (OperatingSystem.IsWindows()) return new NamedEventWait(segment, offset);
        return PollingWait.Instance;
    }

    /// <summary>
    /// Sleeps if the word has the expected value, until it is woken or the time is over. It may return early for no reason: the caller looks at the word, and calls again.
    /// </summary>
    public abstract void Wait(uint* word, uint expected, TimeSpan atMost);

    /// <summary>Wakes at least <paramref name="least"/> of those who sleep on the word, or all.</summary>
    public abstract void Wake(uint* word, int least);

    public virtual void Dispose()
    {
    }
}
