namespace Shmem.Benchmarks.Chaos;

/// <summary>One kind of harm that may be done at any moment. Whoever it is done to has to survive it, or to be replaced.</summary>
internal interface IHarm
{
    /// <summary>What it is, as it stands in the report.</summary>
    string Kind { get; }

    /// <summary>How often it is drawn, beside the others.</summary>
    int Weight { get; }

    /// <summary>Does it.</summary>
    /// <returns>False where there was nobody to do it to, or it has only begun and counts itself at its end.</returns>
    Task<bool> DoAsync(Random random);
}
