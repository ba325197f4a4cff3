namespace Shmem.Tests.Targets;

/// <summary>Dies of some inputs only while its process is young, as unoptimised code does of a recursion that optimised code has the stack for.</summary>
public static class Young
{
    private const int Grown = 300;
    private const int Old = 20_000;
    private static int _runs;

    public static void Run(ReadOnlySpan<byte> data)
    {
        _runs++;
        if (data.Length < 2) return;
        if (data[0] == 'x' && _runs > Old) Environment.FailFast("of age");
        if (data[0] == 'k' && data[1] == 'l' && _runs < Grown) Environment.FailFast("too young");
    }
}
