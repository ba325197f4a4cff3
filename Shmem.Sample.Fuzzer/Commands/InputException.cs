namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>What the user gave cannot be used: printed as one line on stderr, exit code 2.</summary>
internal sealed class InputException(string what, string why, string remedy)
    : Exception($"{what}: {why}. {remedy}")
{
    /// <summary>The option, file or name that was given.</summary>
    public string What { get; } = what;

    /// <summary>Why it cannot be used.</summary>
    public string Why { get; } = why;

    /// <summary>What to do about it, as a whole sentence.</summary>
    public string Remedy { get; } = remedy;
}
