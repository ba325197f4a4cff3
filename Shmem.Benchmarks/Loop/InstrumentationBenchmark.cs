using System.Reflection;
using System.Runtime.Versioning;
using System.Text;
using Shmem.Backends.Memfd;
using Shmem.Backends.Slots;
using Shmem.Benchmarks.Afl;
using Shmem.Benchmarks.Measuring;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Benchmarks.Loop;

/// <summary>What counting costs: the JSON reader as it is, with our counters and with SharpFuzz's, on one valid text, in one process, nothing else around it.</summary>
[SupportedOSPlatform("linux")]
internal static class InstrumentationBenchmark
{
    /// <summary>SharpFuzz's map (its README): afl-fuzz's default size.</summary>
    private const int SharpFuzzMapBytes = 1 << 16;

    private const string Ours = "counted by Shmem";
    private const string Theirs = "counted by SharpFuzz";
    private const int Rounds = 400;
    private const int Turns = 201;
    private const int Copies = 25;

    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("shmem-instrumentation-").FullName;
        try
        {
            var provider = new MemfdShMemProvider();
            var text = Encoding.UTF8.GetString(JsonTarget.Seed);
            var bare = ReaderOf(new FolderLoadContext(Path.GetDirectoryName(JsonTarget.Assembly)!), Path.GetFileName(JsonTarget.Assembly));
            var target = LoadOurs(provider);
            var ours = target.Invoker.Method.CreateDelegate<Action<string>>();
            using var segment = provider.Create(SharpFuzzMapBytes);
            var theirs = LoadSharpFuzz(folder, segment);
            // Around a short text the reader's own buffers are most of the time; within a long one, its code is.
            Compare("a short text", text, Rounds, []);
            Compare("a long text", $"[{string.Join(',', Enumerable.Repeat(text, Copies))}]", Rounds / Copies, [new Bound(Ours, Theirs, 1 / 1.5)]);

            void Compare(string title, string input, int rounds, IReadOnlyList<Bound> bounds) =>
                Comparison.Print($"Newtonsoft.Json's reader on {title}, {input.Length} characters, valid", rounds, Turns, bounds,
                [
                    Comparison.Here("not counted", () => bare(input)),
                    Comparison.Here(Ours, () => ours(input)),
                    Comparison.Here(Theirs, () => theirs(input)),
                ]);

            if (target.Memory.Map.CountHit() == 0) throw new InvalidOperationException("Our copy counted nothing.");
            if (segment.Span.IndexOfAnyExcept((byte)0) < 0) throw new InvalidOperationException("SharpFuzz's copy counted nothing: its pointer was not set.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static PreparedTarget LoadOurs(MemfdShMemProvider provider)
    {
        var spec = TargetSpec.Parse(JsonTarget.Assembly, JsonTarget.Method, []);
        var set = InstrumentationCache.Open().Instrument(TargetInspector.Inspect(spec).Assemblies);
        var segment = provider.Create(ProcessMemory.SizeFor(set.EdgeCount));
        ProcessMemory.Create(segment, set.EdgeCount).Dispose();
        return PreparedTarget.Load(segment, WorkerPayload.Of(set, spec, [], 1, Environment.TickCount64, provider));
    }

    private static unsafe Action<string> LoadSharpFuzz(string folder, Shmem.Backends.ShMem segment)
    {
        var program = SharpFuzzTarget.Make(folder);
        var context = new FolderLoadContext(Path.GetDirectoryName(program)!);
        var map = context.LoadFile("SharpFuzz.Common.dll").GetType("SharpFuzz.Common.Trace", throwOnError: true)!.GetField("SharedMem")!;
        // SAFETY: the segment stays mapped until this benchmark's last run, and has as many bytes as SharpFuzz's 16-bit places.
        fixed (byte* start = segment.Span) map.SetValue(null, Pointer.Box(start, typeof(byte*)));
        return ReaderOf(context, Path.GetFileName(JsonTarget.Assembly));
    }

    private static Action<string> ReaderOf(FolderLoadContext context, string assembly)
    {
        var method = JsonTarget.Method.LastIndexOf('.');
        return context.LoadFile(assembly).GetType(JsonTarget.Method[..method], throwOnError: true)!.GetMethod(JsonTarget.Method[(method + 1)..])!
            .CreateDelegate<Action<string>>();
    }
}
