using System.Runtime.CompilerServices;

namespace Shmem.Tests.Peer.Dying;

/// <summary>Code that never comes back, with different leaves at different moments.</summary>
public static class Hanging
{
    /// <summary>Says on stdout that it hangs now, and goes on saying so for every line that comes in.</summary>
    public static void Run()
    {
        var echo = new Thread(Echo) { IsBackground = true };
        echo.Start();
        Loop();
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static void Loop()
    {
        for (var i = 0L; ; i++)
        {
            if ((i / 1000 & 1) == 0)
                Even(i);
            else
                Odd(i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static void Even(long i) => Thread.SpinWait((int)(i & 63));

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    private static void Odd(long i) => Thread.SpinWait((int)(i & 31));

    private static void Echo()
    {
        Console.WriteLine("hanging");
        while (Console.ReadLine() is { } line)
            Console.WriteLine(line);
        Environment.Exit(0);
    }
}
