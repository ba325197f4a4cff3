using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Mutators;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>How far a mutation may let an input grow: mostly little, since long inputs are slow, and now and then very far.</summary>
internal static class InputRoom
{
    private const int Little = 4096;
    private const int Much = 64 << 10;

    /// <summary>Bytes to reserve for a child of an input of so many bytes.</summary>
    public static int For(int length, ref Rng rng)
    {
        var choice = rng.NextBelow(256);
        var most = choice == 0 ? InputRing.MostBytes : choice < 16 ? Much : Little;
        return Math.Min(Math.Max(most, length + length / 2), InputRing.MostBytes);
    }
}
