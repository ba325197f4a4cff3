using System.Globalization;
using System.Text;

namespace Shmem.Tests.Targets;

/// <summary>Makes an array of as many 64-bit numbers as its input says, in digits.</summary>
public static class Vast
{
    public static long[]? Kept { get; private set; }

    public static void Run(ReadOnlySpan<byte> input)
    {
        Kept = null;
        Kept = new long[int.Parse(Encoding.ASCII.GetString(input), CultureInfo.InvariantCulture)];
    }
}
