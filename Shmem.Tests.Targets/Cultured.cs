using System.Globalization;

namespace Shmem.Tests.Targets;

/// <summary>Works only where there are cultures.</summary>
public static class Cultured
{
    public static void Run(ReadOnlySpan<byte> input)
    {
        var dotted = "i".ToUpper(new CultureInfo("tr-TR"));
        if (dotted != "\u0130") throw new InvalidDataException($"{input.Length} bytes, in Turkish, are {dotted}");
    }
}
