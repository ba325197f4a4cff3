namespace Shmem.Tests.Targets;

/// <summary>Waits with an input that is no "go" until somebody opens the gate: a file that the environment names.</summary>
public static class Gated
{
    /// <summary>Where the environment names the gate.</summary>
    public const string Variable = "SHMEM_TEST_GATE";

    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("go"u8)) return;
        while (!File.Exists(Environment.GetEnvironmentVariable(Variable))) Thread.Sleep(10);
    }
}
