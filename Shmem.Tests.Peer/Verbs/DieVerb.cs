using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Shmem.Tests.Peer.Dying;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>Ends this process in the way that is named, so that tests see what the runtime really prints.</summary>
internal static partial class DieVerb
{
    public static int Run(string how)
    {
        switch (how)
        {
            case "unhandled": Parser.Parse("x"); break;
            case "thrower": Parser.ParseWithThrower("x"); break;
            case "nested": new Parser.Nested<string>().Parse("x"); break;
            case "generic-method": Parser.ParseAs<int>("x"); break;
            case "lambda": Parser.ParseByLambda("x"); break;
            case "local": Parser.ParseByLocal("x"); break;
            case "iterator": _ = Parser.ParseAll("x").ToList(); break;
            case "explicit": ((IDisposable)new Parser()).Dispose(); break;
            case "constructor": _ = new Parser("x"); break;
            case "static-constructor": StaticParser.Touch(); break;
            case "async": Parser.ParseAsync("x").GetAwaiter().GetResult(); break;
            case "async-lambda": Parser.ParseByAsyncLambda("x").GetAwaiter().GetResult(); break;
            case "async-void": Parser.Forget("x"); Thread.Sleep(Timeout.Infinite); break;
            case "task-wait": Parser.ParseAsync("x").Wait(); break;
            case "wrapped": Parser.ParseWrapped("x"); break;
            case "rethrown": Parser.ParseRethrown("x"); break;
            case "reflection": typeof(Parser).GetMethod(nameof(Parser.Parse))!.Invoke(null, ["x"]); break;
            case "thread": OnThread(() => Parser.Parse("x")); break;
            case "overflow": Overflow.Direct(0); break;
            case "overflow-cycle": Overflow.First(0); break;
            case "overflow-iterator": _ = Overflow.Walk(0).Count(); break;
            case "overflow-async": Overflow.WalkAsync(0).GetAwaiter().GetResult(); break;
            case "overflow-generic": new Overflow.Walker<string>().Walk("x"); break;
            case "overflow-lambda": Overflow.ByLambda(0); break;
            case "overflow-varied": Overflow.Varied(0); break;
            case "overflow-thread": OnThread(() => Overflow.Direct(0)); break;
            case "access-violation": WildPointer.Write(); break;
            case "access-violation-bcl": WildPointer.Copy(); break;
            case "null": Parser.Length(null!); break;
            case "fail-fast": Failing.Fast("x"); break;
            case "fail-fast-bare": Environment.FailFast(null); break;
            case "fail-fast-exception": Failing.FastWith("x"); break;
            case "assert": Failing.Assert("x"); break;
            case "heap-corruption": WildPointer.CorruptHeap(); break;
            case "invalid-program": WildPointer.CallUnmanagedOnly(); break;
            case "large-frame": Overflow.LargeFrame(); break;
            case "noise-before": Console.Error.Write("Stack overflow.\nhalf a line"); Parser.Parse("x"); break;
            case "out-of-memory": Hoarder.Grow(); break;
            case "out-of-memory-array": Hoarder.Allocate(); break;
            case "abort": Abort(); break;
            case "kill": _ = Kill(Environment.ProcessId, 9); Thread.Sleep(Timeout.Infinite); break;
            case "exit": Environment.Exit(7); break;
            case "noise": Noise(); break;
            case "hang": Hanging.Run(); break;
            case "return": return 0;
            default: throw new ArgumentException(how);
        }

        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void OnThread(ThreadStart body)
    {
        var thread = new Thread(body);
        thread.Start();
        thread.Join();
    }

    /// <summary>More on stderr than anybody should keep, then a death.</summary>
    private static void Noise()
    {
        var line = new string('n', 1023) + "\n";
        for (var i = 0; i < 3 * 1024; i++)
            Console.Error.Write(line);
        Parser.Parse("x");
    }

    [LibraryImport("libc", EntryPoint = "abort")]
    private static partial void Abort();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
