using System.Numerics;

namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>
/// Picks an index with a chance in proportion to its weight. A Fenwick tree (P. Fenwick, 1994): changing one weight and picking both cost
/// O(log n). An alias table would pick in O(1), but each change of a weight makes it stale, and here every pick changes two.
/// </summary>
internal sealed class WeightTree
{
    // _sums[i] is the sum of the weights from i − lowest bit of i to i − 1; index 0 is not used.
    private ulong[] _weights = new ulong[16];
    private ulong[] _sums = new ulong[17];

    /// <summary>Number of indices.</summary>
    public int Count { get; private set; }

    /// <summary>Sum of all weights.</summary>
    public ulong Total { get; private set; }

    /// <summary>Weight of an index.</summary>
    public ulong this[int index] => _weights[index];

    /// <summary>Adds the next index. Allocates now and then.</summary>
    public void Add(ulong weight)
    {
        if (Count == _weights.Length)
        {
            Array.Resize(ref _weights, Count * 2);
            Array.Resize(ref _sums, Count * 2 + 1);
        }

        var place = ++Count;
        ulong below = 0;
        for (var child = place - 1; child > place - (place & -place); child -= child & -child)
            below += _sums[child];
        _weights[place - 1] = weight;
        _sums[place] = below + weight;
        Total += weight;
    }

    /// <summary>Changes a weight.</summary>
    public void Set(int index, ulong weight)
    {
        var difference = weight - _weights[index]; // wraps for a smaller weight, and back in the sums
        _weights[index] = weight;
        Total += difference;
        for (var place = index + 1; place <= Count; place += place & -place)
            _sums[place] += difference;
    }

    /// <summary>The index in whose weight the number falls when all weights are laid end to end; it must be below <see cref="Total"/>.</summary>
    public int Find(ulong number)
    {
        var place = 0;
        for (var step = 1 << BitOperations.Log2((uint)Count); step > 0; step >>= 1)
        {
            if (place + step <= Count && _sums[place + step] <= number)
            {
                place += step;
                number -= _sums[place];
            }
        }

        return place;
    }
}
