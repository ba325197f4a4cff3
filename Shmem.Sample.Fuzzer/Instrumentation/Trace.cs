using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>
/// What instrumented code refers to. It is public, and stays in the default load context, because every instrumented assembly of
/// every load context must find the same one: a second copy would have a pointer of its own.
/// </summary>
public static unsafe class Trace
{
    /// <summary>
    /// The first byte of this process's coverage map. The counter of edge <c>n</c> is <c>Map[n]</c>; it wraps after 255. Any thread
    /// may count; increments are not atomic. The JIT folds the address into instrumented code, so it can never move.
    /// </summary>
    public static readonly byte* Map;

    /// <summary>What instrumented code calls for <see cref="Environment.Exit"/>: it says first who exits, and then does.</summary>
    public static void Exit(int exitCode)
    {
        try
        {
            ExitWords.Say();
        }
#pragma warning disable CA1031 // No memory, no descriptor: it exits without a word.
        catch (Exception)
#pragma warning restore CA1031
        {
        }

        Environment.Exit(exitCode);
    }

    /// <summary>Takes the address from <see cref="TraceMap"/>. An explicit constructor, so that it runs exactly when told to.</summary>
    static Trace()
    {
        Map = TraceMap.Address;
        if (Map is null)
            throw new InvalidOperationException("Instrumented code ran before TraceMap.Attach.");
    }
}
