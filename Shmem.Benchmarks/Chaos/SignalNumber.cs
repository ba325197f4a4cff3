namespace Shmem.Benchmarks.Chaos;

/// <summary>signal(7), Linux on x86 and ARM.</summary>
internal static class SignalNumber
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Continue = 18;
    public const int Stop = 19;
}
