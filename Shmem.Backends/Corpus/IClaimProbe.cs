namespace Shmem.Backends.Corpus;

/// <summary>The steps of a claim and an append, for the tests that kill a writer at each.</summary>
internal enum ClaimStep
{
    HeaderWritten,
    RecordWritten,
    PendingSet,
    BucketsSeen,
    BucketsSet,
    Decided,
    TailSet,
    PendingCleared,
    NextPrepared,
    LinkWritten,
    LinkCommitted,
}

/// <summary>Called at every step. A struct's type argument is compiled in by itself, so that <see cref="NoProbe"/> leaves no trace in the code.</summary>
internal interface IClaimProbe
{
    static abstract void Reached(ClaimStep step);
}

/// <summary>The probe of production.</summary>
internal readonly struct NoProbe : IClaimProbe
{
    public static void Reached(ClaimStep step)
    {
    }
}
