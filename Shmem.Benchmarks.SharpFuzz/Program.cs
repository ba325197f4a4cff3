using Shmem.Samples.JsonHarness;

// The harness that the fuzzer of this repository runs too, so both expect the same exceptions. In process is the faster of SharpFuzz's two ways, out of process
// is what its README starts with: it survives what cannot be caught.
switch (args)
{
    case ["in-process"]:
        SharpFuzz.Fuzzer.Run(JsonHarness.Read);
        return 0;
    case ["out-of-process"]:
        SharpFuzz.Fuzzer.OutOfProcess.Run(JsonHarness.Read);
        return 0;
    default:
        Console.Error.WriteLine("Shmem.Benchmarks.SharpFuzz: afl-fuzz runs it with in-process or out-of-process.");
        return 2;
}
