namespace Shmem.Tests.Targets;

/// <summary>Waits with an input that is no "go" until somebody opens the gate: a file that the environment names.</summary>
public static class Gated
{
    /// <summary>Where the environment names the gate.</summary>
    public const string Variable = "SHMEM_TEST_GATE";

    /// <summary>The end of the name of a folder beside the gate, which is there as soon as one waits.</summary>
    public const string Queue = ".queue";

    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.SequenceEqual("go"u8)) return;
        var gate = Environment.GetEnvironmentVariable(Variable);
        Directory.CreateDirectory(gate + Queue);
        while (!File.Exists(gate)) Thread.Sleep(10);
    }
}
