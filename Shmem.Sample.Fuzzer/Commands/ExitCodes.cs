namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>Exit codes of <c>shmem-fuzz</c>.</summary>
internal static class ExitCodes
{
    /// <summary>Ended as asked; of <c>replay</c>: nothing happened.</summary>
    public const int Success = 0;

    /// <summary><c>replay</c> reproduced a finding.</summary>
    public const int Reproduced = 1;

    /// <summary>Wrong input: one line on stderr.</summary>
    public const int WrongInput = 2;

    /// <summary>Failed: one line on stderr, the details in a file that it names.</summary>
    public const int Failed = 3;

    /// <summary>Stopped by Ctrl-C before it had an answer. A second Ctrl-C gives shells the same number (128 + SIGINT).</summary>
    public const int Interrupted = 130;
}
