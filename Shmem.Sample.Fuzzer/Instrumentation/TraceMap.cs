using System.Runtime.CompilerServices;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>Gives this process its coverage map, once. The memory belongs to the caller and must stay mapped until the process ends.</summary>
internal static unsafe class TraceMap
{
    private static readonly Lock Gate = new();

    /// <summary>The map's first byte; null before <see cref="Attach"/>.</summary>
    internal static byte* Address { get; private set; }

    /// <summary>Bytes in the map; 0 before <see cref="Attach"/>.</summary>
    internal static int Length { get; private set; }

    /// <summary>Sets <see cref="Trace.Map"/>. Must happen before anything instrumented runs.</summary>
    /// <exception cref="InvalidOperationException">A map is attached already.</exception>
    internal static void Attach(byte* map, int length)
    {
        ArgumentNullException.ThrowIfNull(map);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        lock (Gate)
        {
            if (Address is not null)
                throw new InvalidOperationException("This process has its coverage map already; instrumented code cannot be moved to another.");
            Address = map;
            Length = length;
            // At once, so that code jitted from now on sees an initialised class and a constant address.
            RuntimeHelpers.RunClassConstructor(typeof(Trace).TypeHandle);
        }
    }
}
