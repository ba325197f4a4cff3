namespace Shmem.Tests.Targets;

/// <summary>Targets that end their process before they are run.</summary>
public static class Unborn
{
    /// <summary>Exits with the code by which the fuzzer's own processes say that the target cannot start.</summary>
    public sealed class Exits
    {
        public Exits() => Environment.Exit(2);

        public void Run(ReadOnlySpan<byte> input)
        {
        }
    }

    /// <summary>Gives up.</summary>
    public sealed class FailsFast
    {
        static FailsFast() => Environment.FailFast("it gives up");

        public void Run(ReadOnlySpan<byte> input)
        {
        }
    }
}
