using Shmem.Benchmarks.Afl;
using Shmem.Benchmarks.Arena;
using Shmem.Benchmarks.Chaos;
using Shmem.Benchmarks.Coverage;
using Shmem.Benchmarks.Deaths;
using Shmem.Benchmarks.Loop;
using Shmem.Benchmarks.Measuring;
using Shmem.Benchmarks.Ring;
using Shmem.Benchmarks.Segments;
using Shmem.Benchmarks.Service;
using Shmem.Benchmarks.Signals;

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("Shmem.Benchmarks: its floors and peers are Linux programs: run it on Linux.");
    return 2;
}

// The other processes of the benchmarks.
switch (args)
{
    case ["echo", var id, var size]:
        return EchoProcess.Run(id, size);
    case ["serve", var folder, var segmentSize]:
        return ServiceProcess.Run(folder, segmentSize);
    case ["death-worker"]:
        return DeathWorker.Run();
    case ["death-broker"]:
        return await DeathBroker.RunAsync();
    case ["chaos-service"]:
        return ServicePrograms.Serve();
    case ["chaos-client"]:
        return ServicePrograms.Use();
}

MachineReport.Print();
switch (args)
{
    case ["segments"]:
        SegmentBenchmark.Run();
        return Bounds.ExitCode;
    case ["signals"]:
        SignalBenchmark.Run();
        return Bounds.ExitCode;
    case ["service"]:
        ServiceBenchmark.Run();
        return Bounds.ExitCode;
    case ["arena"]:
        ArenaBenchmark.Run();
        return Bounds.ExitCode;
    case ["ring"]:
        RingBenchmark.Run();
        return Bounds.ExitCode;
    case ["coverage"]:
        CoverageBenchmark.Run();
        return Bounds.ExitCode;
    case ["loop"]:
        RunLoop();
        return Bounds.ExitCode;
    case ["allocation"]:
        AllocationBenchmark.Run();
        return Bounds.ExitCode;
    case ["instrumentation"]:
        InstrumentationBenchmark.Run();
        return Bounds.ExitCode;
    case ["demo", .. var rest]:
        await DemonstrationBenchmark.RunAsync(rest is [var seeds] ? int.Parse(seeds) : 20);
        return Bounds.ExitCode;
    case ["afl", .. var rest]:
        AflBenchmark.Run(rest is [var seconds, ..] ? int.Parse(seconds) : 30, rest is [_, var turns] ? int.Parse(turns) : 3);
        return Bounds.ExitCode;
    case ["deaths"]:
        await DeathBenchmark.RunAsync(kills: 1000);
        return Bounds.ExitCode;
    case ["deaths", "--kills", var number] when int.TryParse(number, out var kills) && kills > 0:
        await DeathBenchmark.RunAsync(kills);
        return Bounds.ExitCode;
    case ["chaos", .. var rest] when ChaosOptions.TryParse(rest) is { } options:
        return await ChaosBenchmark.RunAsync(options);
    case []:
        SegmentBenchmark.Run();
        SignalBenchmark.Run();
        ServiceBenchmark.Run();
        ArenaBenchmark.Run();
        RingBenchmark.Run();
        CoverageBenchmark.Run();
        RunLoop();
        InstrumentationBenchmark.Run();
        AflBenchmark.Run(seconds: 30, turns: 3);
        return Bounds.ExitCode;
    default:
        Console.Error.WriteLine("Shmem.Benchmarks: no such benchmark. There are segments, signals, service, arena, ring, coverage, loop, allocation, instrumentation, demo [SEEDS], afl [SECONDS [TURNS]], "
            + $"deaths [--kills N], {ChaosOptions.Usage}.");
        return 2;
}

static void RunLoop() => LoopBenchmark.Run(JsonTarget.Assembly, JsonTarget.Method, JsonTarget.Seed.ToArray());
