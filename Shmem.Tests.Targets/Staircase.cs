namespace Shmem.Tests.Targets;

/// <summary>Goes a step further for each byte that is right, and throws where the first is another.</summary>
public static class Staircase
{
    public static int Reached;

    public static void Run(ReadOnlySpan<byte> data)
    {
        Reached = 0;
        if (data.Length < 4) return;
        if (data[0] == 'i') throw new InvalidDataException("a step is missing");
        if (data[0] != 'c') return;
        Reached++;
        if (data[1] != 'c') return;
        Reached++;
        if (data[2] != 'i') return;
        Reached++;
        if (data[3] == 'e') Reached++;
    }
}
