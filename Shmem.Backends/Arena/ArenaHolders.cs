using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Arena;

/// <summary>
/// Who holds cells of an arena: 63 words, one for each bit of a cell's holders. A word is 0, or the incarnation that the bit belongs to; its flag says that this one is
/// taking the bit out of all cells.
/// </summary>
/// <remarks>
/// A word goes back to 0 only when no cell has its bit any more. Taking a dead one's bits out belongs to one process at a time, named in the word, so that none does it
/// after the bit was given anew; if that one dies over it, it is the dead one from there on.
/// </remarks>
// SAFETY: the words and the blocks lie in a view that the arena holds for as long as it uses this; a holder's number is below Most, and ArenaBlocks checks those of cells.
internal sealed unsafe class ArenaHolders(ulong* words, ArenaBlocks blocks)
{
    public const int Most = 63;

    /// <summary>Takes a free word for this process.</summary>
    /// <returns>Its number, or -1 when there is none.</returns>
    public int Register<TProbe>() where TProbe : struct, IProbe<ArenaStep>
    {
        for (var i = 0; i < Most; i++)
        {
            if (Volatile.Read(ref words[i]) != 0 || Interlocked.CompareExchange(ref words[i], Incarnation.Self.Word, 0) != 0) continue;
            TProbe.Reached(ArenaStep.Registered);
            return i;
        }

        return -1;
    }

    /// <summary>Takes out of all cells what processes hold that the operating system says are gone.</summary>
    /// <returns>How many holders were.</returns>
    public int ReleaseDead<TProbe>() where TProbe : struct, IProbe<ArenaStep>
    {
        var dead = 0;
        var self = Incarnation.Self.Word | Incarnation.Flag;
        for (var i = 0; i < Most; i++)
        {
            var word = Volatile.Read(ref words[i]);
            if (word == 0 || !Incarnation.Of(word).IsGone() || Interlocked.CompareExchange(ref words[i], self, word) != word) continue;
            TProbe.Reached(ArenaStep.SlotTaken);
            TakeOutAndFree<TProbe>(i);
            dead++;
        }

        return dead;
    }

    /// <summary>Takes this process's own bit out of all cells, and frees its word.</summary>
    public void Leave<TProbe>(int holder) where TProbe : struct, IProbe<ArenaStep>
    {
        Volatile.Write(ref words[holder], Incarnation.Self.Word | Incarnation.Flag);
        TakeOutAndFree<TProbe>(holder);
    }

    private void TakeOutAndFree<TProbe>(int holder) where TProbe : struct, IProbe<ArenaStep>
    {
        var bit = 1UL << holder;
        for (var block = 0; block < blocks.Count; block++)
        {
            if (blocks.CellSize(block) == 0) continue;
            for (var cell = 0; cell < blocks.Cells(block); cell++)
            {
                var entry = blocks.Entry(block, cell);
                if ((Volatile.Read(ref entry->Holders) & bit) == 0) continue;
                Release(ref entry->Holders, bit);
                TProbe.Reached(ArenaStep.CellTaken);
            }
        }

        Volatile.Write(ref words[holder], 0);
        TProbe.Reached(ArenaStep.SlotFreed);
    }

    /// <summary>Takes a bit out of a cell's holders; a claim ends with it, as nobody else can have joined.</summary>
    /// <returns>False when it was not there.</returns>
    public static bool Release(ref ulong holders, ulong bit)
    {
        for (var seen = Volatile.Read(ref holders); (seen & bit) != 0;)
        {
            var left = seen & ~bit;
            if (left == CellEntry.Claiming) left = 0;
            var before = Interlocked.CompareExchange(ref holders, left, seen);
            if (before == seen) return true;
            seen = before;
        }

        return false;
    }
}
