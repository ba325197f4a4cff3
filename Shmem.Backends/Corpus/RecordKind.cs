namespace Shmem.Backends.Corpus;

/// <summary>What a record of a corpus log is. The numbers stand in shared memory.</summary>
public enum RecordKind
{
    /// <summary>A test case of the queue.</summary>
    Entry = 1,

    /// <summary>A test case that made the target fail, and the finding's details.</summary>
    Finding = 2,

    /// <summary>The last record of a full segment: the description of the next. A reader follows it and never shows it.</summary>
    Link = 3,
}
