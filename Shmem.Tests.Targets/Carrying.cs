using System.Runtime.CompilerServices;

namespace Shmem.Tests.Targets;

/// <summary>Rejects inputs by an exception that a task carries out of it, or that nobody catches on another thread, and fails at another.</summary>
public static class Carrying
{
    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length == 0) return;
        if (data[0] == 'c') Task.Run(Reject).Wait();
        if (data[0] == 'i') OnAnotherThread();
        if (data[0] == 'e') Fail();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Reject() => throw new Rejecting.RejectedException();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail() => throw new InvalidOperationException("nobody expects it");

    private static void OnAnotherThread()
    {
        var thread = new Thread(Reject);
        thread.Start();
        thread.Join();
    }
}
