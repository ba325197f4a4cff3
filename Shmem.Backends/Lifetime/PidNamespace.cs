namespace Shmem.Backends.Lifetime;

/// <summary>
/// A word of shared memory that says in which namespace the pids beside it were given, so that nobody takes a living process of another one for a dead one.
/// </summary>
internal static class PidNamespace
{
    /// <summary>Says our own where none is said yet, and refuses another's.</summary>
    public static void Check(ref ulong word, ShMem segment, string operation)
    {
        var ours = Incarnation.Namespace;
        var said = Interlocked.CompareExchange(ref word, ours, 0);
        if (said == 0 || said == ours) return;
        throw new ShMemException(ShMemError.Unsupported, $"{operation} {segment.Id}",
            $"it belongs to processes of another pid namespace ({said & uint.MaxValue}, this one's is {ours & uint.MaxValue}), whose life cannot be seen from here",
            "Run them in one namespace, as with 'docker run --pid=host'.");
    }
}
