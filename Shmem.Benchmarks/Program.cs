using System.Text;
using Shmem.Benchmarks.Coverage;
using Shmem.Benchmarks.Loop;
using Shmem.Benchmarks.Measuring;
using Shmem.Benchmarks.Segments;

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("Shmem.Benchmarks: its floors and peers are Linux programs: run it on Linux.");
    return 2;
}

MachineReport.Print();
switch (args)
{
    case ["segments"]:
        SegmentBenchmark.Run();
        return 0;
    case ["coverage"]:
        CoverageBenchmark.Run();
        return 0;
    case ["loop"]:
        RunLoop();
        return 0;
    case ["demo", .. var rest]:
        return await DemonstrationBenchmark.RunAsync(rest is [var seeds] ? int.Parse(seeds) : 20);
    case []:
        SegmentBenchmark.Run();
        CoverageBenchmark.Run();
        RunLoop();
        return 0;
    default:
        Console.Error.WriteLine("Shmem.Benchmarks: no such benchmark. There are segments, coverage, loop, demo [SEEDS].");
        return 2;
}

static void RunLoop() => LoopBenchmark.Run(
    Path.Combine(AppContext.BaseDirectory, "json", "Shmem.Samples.JsonHarness.dll"), "Shmem.Samples.JsonHarness.JsonHarness.Read",
    Encoding.UTF8.GetBytes("""{"name":"x","values":[1,2.5e3,true,null,"\u00e9"],"inner":{"empty":{}},"d":-0.1}"""));
