using System.Runtime.InteropServices;

namespace Shmem.Tests.Targets;

/// <summary>Targets that do not let go: of their process, of its end, or of the answer that they are asked for.</summary>
public static class Lingering
{
    // signal(7), Linux on x86 and ARM.
    private const int SIGSTOP = 19;

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
        // The thread has a fraction of a second until the process ends: what a first call takes is done before.
        Kill(Environment.ProcessId, 0);
        new Thread(() => Kill(Environment.ProcessId, SIGSTOP)) { IsBackground = true }.Start();
    }

    /// <summary>Interrupts its own thread, so that whatever waits on it next is thrown at.</summary>
    public static void Interrupts(ReadOnlySpan<byte> input)
    {
        if (input.Length > 0) Thread.CurrentThread.Interrupt();
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int pid, int signal);

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
