using System.Runtime.InteropServices;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Mutators;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// Some children of an entry, made one after the other before any of them runs: a mutator and a target that take turns drive each other's code out of the
/// processor's caches, and here each batch is made in the same few kilobytes. One thread.
/// </summary>
/// <param name="corpus">Holds the parents, and what they are spliced with.</param>
/// <param name="mutator">Makes the children.</param>
internal sealed class ChildBatch(SharedCorpus corpus, Mutator mutator)
{
    /// <summary>Most children of a batch: with twice as many, each costs hardly less.</summary>
    public const int Most = 16;

    /// <summary>A batch ends with the child that brings it to so many bytes.</summary>
    private const int EnoughBytes = 64 << 10;

    /// <summary>Each begins at a multiple of it, as inputs in the ring do: a target may do something else at another address.</summary>
    private const int Alignment = 64;

    /// <summary>Bytes before the first child: a target that writes there is to harm nothing of the runtime, and goes on as where it runs an input in the ring.</summary>
    private const int Before = 4096;

    // Pinned, so that it keeps its alignment, and what a target's thread was left with stays where it is.
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(Before + Alignment + EnoughBytes + InputRing.MostBytes, pinned: true);
    private readonly (int Start, int Length, MutationOps Operations)[] _children = new (int, int, MutationOps)[Most];

    /// <summary>Children there are.</summary>
    public int Count { get; private set; }

    /// <summary>A child; valid until the next batch is made.</summary>
    public ReadOnlySpan<byte> this[int child] => _bytes.AsSpan(_children[child].Start, _children[child].Length);

    /// <summary>How a child was made.</summary>
    public MutationOps OperationsOf(int child) => _children[child].Operations;

    /// <summary>Makes a new batch, of one child or more. Allocates nothing; the generator and the corpus alone decide.</summary>
    /// <param name="entry">The parent.</param>
    /// <param name="most">Most children, at least 1; no more than <see cref="Most"/> are made.</param>
    /// <param name="rng">Decides everything.</param>
    public void Make(int entry, int most, ref Rng rng)
    {
        var parent = corpus[entry].Payload;
        var end = Math.Min(most, Most);
        var first = Before + (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0) & (Alignment - 1));
        for (var (child, start) = (0, first); ; child++)
        {
            var room = _bytes.AsSpan(start, InputRoom.For(parent.Length, ref rng));
            parent.CopyTo(room);
            var other = corpus[rng.NextBelow(corpus.Count)].Payload;
            var length = mutator.Mutate(room, parent.Length, other, ref rng, out var operations);
            _children[child] = (start, length, operations);
            start += (length + Alignment - 1) & -Alignment;
            if (child + 1 < end && start - first < EnoughBytes) continue;
            Count = child + 1;
            return;
        }
    }
}
