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
