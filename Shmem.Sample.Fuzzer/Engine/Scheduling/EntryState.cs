namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>What the scheduler knows of one entry.</summary>
internal struct EntryState
{
    /// <summary>A kill adds three halvings to the shun, counted in sixteenths of a halving.</summary>
    private const int ShunPerKill = 3 * 16;
    private const int ShunMax = 16 * 16;

    /// <summary>Children that brought something new count for a while: a find lifts the yield, each pick lets an eighth go.</summary>
    private const float YieldMax = 4;

    /// <summary>Most of a worker's time that one pick takes. With less than that for each of the 50, slow entries would hold up all others.</summary>
    private const double MostNanoseconds = 100e6;

    public EntryStats Stats;

    /// <summary>Time of the unmutated run and of copying its input; before it, what whoever found the entry says; 0 where nobody does.</summary>
    public long Nanoseconds;

    /// <summary>Whether the unmutated run has been taken up.</summary>
    public bool IsObserved;

    /// <summary>How often it has been picked.</summary>
    public int Picks;

    /// <summary>Whether the process was killed by it or by a child of its own; what its parent did does not count.</summary>
    public bool HasKilled;

    /// <summary>Whether it belongs to the small set of cheap entries that covers every edge seen.</summary>
    public bool IsFavoured;

    /// <summary>Entries that have the rarest feature (an edge hit about so often) for which this one is the cheapest; 0 if there is none.</summary>
    public int RarestHits;

    private int _shun;
    private float _yield;

    /// <summary>Time × length, as AFL ranks entries: the cheapest that hits an edge stands for it.</summary>
    public readonly long Cost => Nanoseconds * Math.Max(1, Stats.Length);

    /// <summary>Its share of the picks, beside an entry of average speed about which nothing is known, which has 2^24 × 4.</summary>
    public readonly ulong Weight(double averageNanoseconds)
    {
        var weight = 1 << 24;
        var factor = Speed(averageNanoseconds) * Novelty() * (1 + _yield / 2);
        if (IsFavoured)
            factor *= 8;
        if (RarestHits > 0)
            factor *= 1 + 4.0 / RarestHits;

        // Two to the power of −shun, straight lines between the whole powers: the same on every machine, which Math.Pow is not.
        factor *= 1 - _shun % 16 / 32.0;
        return (ulong)Math.Max(1, Math.ScaleB(weight * factor, -(_shun / 16)));
    }

    /// <summary>Executions to spend on one pick: AFL's performance score with a base of 64.</summary>
    public readonly int Energy(double averageNanoseconds)
    {
        var depth = Stats.Depth switch
        {
            < 4 => 1,
            < 8 => 2,
            < 14 => 3,
            _ => 4,
        };
        var rare = RarestHits is > 0 and <= 4 ? 2 : 1;
        var energy = Math.Clamp(64 * Speed(averageNanoseconds) * depth * rare * (Picks <= 2 ? 2 : 1), Scheduler.UsualEnergy, Scheduler.MaxEnergy);
        if (Nanoseconds > 0)
            energy = Math.Min(energy, MostNanoseconds / Nanoseconds);
        return (int)Math.Max(1, Math.ScaleB(energy, -(_shun / 16)));
    }

    /// <summary>What is handed on to the next generation.</summary>
    public readonly EntryMemory Memory => new(Picks, _shun, _yield);

    /// <summary>Takes over what a generation before this one knew. It may have been written by a process that was about to die: every number is put into its range.</summary>
    public void Restore(in EntryMemory memory)
    {
        Picks = Math.Max(0, memory.Picks);
        _shun = Math.Clamp(memory.Shun, 0, ShunMax);
        _yield = memory.Yield is > 0 and <= YieldMax ? memory.Yield : 0;
    }

    public void CountPick()
    {
        if (Picks < int.MaxValue)
            Picks++;
        _yield *= 0.875f;
    }

    public void InheritShun(in EntryState parent) => _shun = parent._shun;

    /// <summary>Takes back a sixteenth of a halving.</summary>
    public void Forgive() => _shun = Math.Max(0, _shun - 1);

    public void CountKill()
    {
        HasKilled = true;
        _shun = Math.Min(ShunMax, _shun + ShunPerKill);
    }

    public void CountFind() => _yield = Math.Min(YieldMax, _yield + 1);

    /// <summary>
    /// In proportion to speed, so that a slow entry costs no more time than others; at most 3, since what is fast is mostly so since it
    /// does nothing. (AFL stops at a tenth: a hundredfold slower entry then takes ten times its share.)
    /// </summary>
    private readonly double Speed(double averageNanoseconds) =>
        Nanoseconds == 0 ? 1 : Math.Clamp(averageNanoseconds / Nanoseconds, 1.0 / 4096, 3);

    /// <summary>4 for an entry never picked, falling to 1.</summary>
    private readonly double Novelty() => 1 + 3 / (1 + Picks / 4.0);
}
