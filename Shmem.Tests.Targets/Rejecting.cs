using System.Runtime.CompilerServices;

namespace Shmem.Tests.Targets;

/// <summary>Says by an exception that an input is none of its format, and fails at another by one of which it says nothing.</summary>
public static class Rejecting
{
    public static void Run(ReadOnlySpan<byte> data)
    {
        if (data.Length == 0) return;
        if (data[0] == 'c') Reject();
        if (data[0] == 'i') Fail();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Reject() => throw new RejectedException();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Fail() => throw new InvalidOperationException("nobody expects it");

    public sealed class RejectedException : FormatException;
}
