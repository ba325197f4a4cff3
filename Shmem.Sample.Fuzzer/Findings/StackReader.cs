using System.Diagnostics;
using System.Text.Json;
using Microsoft.Diagnostics.Runtime;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// Reads the managed stacks of another .NET process. It stops the process for each moment and lets it go on after. Reading a process
/// that is stuck can itself get stuck, so this runs in a process of its own (<see cref="StackReaderProcess"/>); when that ends the
/// kernel lets the other one go, except while it attaches: the SIGSTOP of PTRACE_ATTACH (ptrace(2)) that is under way then stops the other one for good.
/// </summary>
internal static class StackReader
{
    // The outermost frames are the ones that moments share, so they are kept.
    private const int MaxFrames = 256;
    private const int MaxWalk = 50_000;
    private const int MostWaits = 10;

    /// <summary>An attach takes milliseconds; one that is stuck is not waited for.</summary>
    private static readonly TimeSpan LongestAttach = TimeSpan.FromSeconds(1);

    private static readonly Lock Attaching = new();

    private static string ReaderFile => OperatingSystem.IsWindows() ? "mscordaccore.dll"
        : OperatingSystem.IsMacOS() ? "libmscordaccore.dylib"
        : "libmscordaccore.so";

    /// <summary>
    /// The body of the hidden command <c>stacks PID SAMPLES MILLISECONDS</c>: JSON lines of <see cref="StackSample"/>. Ends at the end of its input at the latest: whoever started it
    /// keeps that open, and the time limit with it.
    /// </summary>
    public static int Run(int pid, int samples, TimeSpan between, Stream input, TextWriter output)
    {
        new Thread(() => EndWith(input)) { IsBackground = true, Name = "end of the input" }.Start();
        foreach (var sample in Read(pid, samples, between))
        {
            output.WriteLine(JsonSerializer.Serialize(sample, FindingJsonContext.Default.StackSample));
            output.Flush();
        }

        return 0;
    }

    /// <summary>By SIGKILL: the thread that reads may be stuck, and an orderly exit would wait for it. Not in the middle of an attach.</summary>
    private static void EndWith(Stream input)
    {
        Span<byte> nothing = stackalloc byte[64];
        while (input.Read(nothing) > 0)
        {
            // Nobody says anything.
        }

        Attaching.TryEnter(LongestAttach);
        using var own = Process.GetCurrentProcess();
        own.Kill();
    }

    /// <summary>All threads with managed frames at so many moments; one line with a failure where reading is impossible.</summary>
    public static IEnumerable<StackSample> Read(int pid, int samples, TimeSpan between)
    {
        for (var moment = 0; moment < samples; moment++)
        {
            if (moment > 0)
                LetRun(pid, between);
            var taken = ReadOnce(pid, moment);
            foreach (var sample in taken)
                yield return sample;
            if (taken.Exists(sample => sample.Failure is not null))
                yield break;
        }
    }

    /// <summary>
    /// Waits until the process has run for so long, by its own processor time: on a busy machine it may not run at all between two moments, and one frame
    /// of a loop would look like all of them. One that sleeps is waited for ten times as long.
    /// </summary>
    private static void LetRun(int pid, TimeSpan time)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            var enough = process.TotalProcessorTime + time;
            for (var waited = 0; waited < MostWaits; waited++)
            {
                Thread.Sleep(time);
                process.Refresh();
                if (process.TotalProcessorTime >= enough)
                    return;
            }
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // The next look at it says so.
        }
    }

    private static List<StackSample> ReadOnce(int pid, int moment)
    {
        if (!Directory.Exists($"/proc/{pid}"))
            return [Failed(StackFailure.NoSuchProcess, $"there is no process {pid}")];
        try
        {
            using var target = Attach(pid);
            if (target.ClrVersions.Length == 0)
                return [Failed(StackFailure.NotManaged, $"process {pid} runs no .NET")];
            var clr = target.ClrVersions[0];

            // The library looks for its reader by build id, and compares versions: some builds of the runtime have neither (seen: "expected:
            // 0.0"). The one that lies beside the loaded runtime is of the same build.
            var reader = Path.Combine(Path.GetDirectoryName(clr.ModuleInfo.FileName) ?? "", ReaderFile);
            using var runtime = File.Exists(reader) ? clr.CreateRuntime(reader, ignoreMismatch: true) : clr.CreateRuntime();
            return [.. runtime.Threads.Select(thread => Sample(thread, moment)).Where(sample => sample.Frames.Count > 0)];
        }
#pragma warning disable CA1031 // The library throws what it likes on a process in any state; each of it is an answer.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return [Failed(StackFailure.Refused, $"{e.GetType().Name}: {e.Message}")];
        }
    }

    private static DataTarget Attach(int pid)
    {
        lock (Attaching) return DataTarget.AttachToProcess(pid, suspend: true);
    }

    private static StackSample Sample(ClrThread thread, int moment)
    {
        // No method: native code, a runtime helper's frame, or code made at run time.
        var methods = thread.EnumerateStackTrace(includeContext: false, maxFrames: MaxWalk).Select(frame => frame.Method).OfType<ClrMethod>().ToList();
        var outermost = new Queue<string>();
        foreach (var method in methods.Count > 0 ? methods : FramePointerWalk.Of(thread))
        {
            if (method is not { Type: not null, Signature: { } signature })
                continue;
            outermost.Enqueue(FrameName.Normalise(signature));
            if (outermost.Count > MaxFrames)
                outermost.Dequeue();
        }

        return new StackSample { Moment = moment, Thread = thread.OSThreadId, Frames = [.. outermost] };
    }

    private static StackSample Failed(StackFailure failure, string reason) => new() { Failure = failure, Reason = FirstLine.Of(reason) };
}
