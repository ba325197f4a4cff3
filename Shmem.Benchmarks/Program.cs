using Shmem.Benchmarks.Coverage;
using Shmem.Benchmarks.Measuring;
using Shmem.Benchmarks.Segments;

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("Shmem.Benchmarks: its floors and peers are Linux programs: run it on Linux.");
    return 2;
}

MachineReport.Print();
SegmentBenchmark.Run();
CoverageBenchmark.Run();
return 0;
