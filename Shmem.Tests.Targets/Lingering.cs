using System.Diagnostics;

namespace Shmem.Tests.Targets;

/// <summary>Targets that do not let go: of their process, of its end, or of the answer that they are asked for.</summary>
public static class Lingering
{
    /// <summary>Leaves a thread behind that keeps the process from ending, and so does a handler of its end.</summary>
    public static void Stays(ReadOnlySpan<byte> input)
    {
        if (input.Length == 0) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Thread.Sleep(Timeout.Infinite);
        new Thread(() => Thread.Sleep(Timeout.Infinite)).Start();
    }

    /// <summary>Throws what never says its message.</summary>
    public static void NeverTells(ReadOnlySpan<byte> input)
    {
        if (input.Length > 1) throw new EndlessException();
    }

    /// <summary>Exits with the code by which the fuzzer's own processes say that the target cannot start.</summary>
    public static void ExitsWithTwo(ReadOnlySpan<byte> input)
    {
        if (input.Length > 0) Environment.Exit(2);
    }

    /// <summary>Is stopped a moment after it has returned, as by a signal of its own.</summary>
    public static void Stops(ReadOnlySpan<byte> input)
    {
        if (input.Length == 0) return;
        new Thread(() =>
        {
            using var stop = Process.Start("kill", ["-STOP", Environment.ProcessId.ToString()]);
        }) { IsBackground = true }.Start();
    }

    /// <summary>Interrupts its own thread, so that whatever waits on it next is thrown at.</summary>
    public static void Interrupts(ReadOnlySpan<byte> input)
    {
        if (input.Length > 0) Thread.CurrentThread.Interrupt();
    }

    private sealed class EndlessException : Exception
    {
        public override string Message
        {
            get
            {
                while (true) Thread.Sleep(1);
            }
        }
    }
}
