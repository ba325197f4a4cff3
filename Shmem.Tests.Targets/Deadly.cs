namespace Shmem.Tests.Targets;

/// <summary>Ends its process, whatever it is given.</summary>
public static class Deadly
{
    public static void Run(ReadOnlySpan<byte> data) => Environment.FailFast($"{data.Length} bytes are too many");
}
