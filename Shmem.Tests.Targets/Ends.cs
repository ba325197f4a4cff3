using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shmem.Tests.Targets;

/// <summary>Ends its process in the way that the first byte says: as many bytes for each way, so that none of them is found long after the others.</summary>
public static unsafe class Ends
{
    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length == 0) return;
        switch (data[0] % 8)
        {
            case 1:
                var thread = new Thread(OnAnotherThread);
                thread.Start();
                thread.Join();
                break;
            case 2:
                FailsFast();
                break;
            case 3:
                Exits();
                break;
            case 4:
                Abort();
                break;
            case 5:
                Grows();
                break;
        }
    }

    private static void OnAnotherThread() => throw new InvalidDataException("nobody catches it");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FailsFast() => Environment.FailFast("it gives up");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Exits() => Environment.Exit(7);

    /// <summary>Takes more than a worker with a heap of 128 MiB may, where the garbage collector does not see it, and no more than a machine of tests has.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Grows()
    {
        const int piece = 16 << 20;
        for (var taken = 0; taken < 640 << 20; taken += piece) NativeMemory.Fill(NativeMemory.Alloc(piece), piece, 1);
        // Whoever looks at it comes now and then.
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>As native code gives up: by a signal, without a word of the runtime.</summary>
    [DllImport("libc", EntryPoint = "abort")]
    private static extern void Abort();
}
