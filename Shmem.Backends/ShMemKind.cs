namespace Shmem.Backends;

/// <summary>Who may write to a segment. Fixed at its birth.</summary>
public enum ShMemKind
{
    /// <summary>Everyone who opens it.</summary>
    Shared,

    /// <summary>
    /// Its creator's mapping is the only writer ever: the operating system refuses every other mapping for writing, also to its creator. What is
    /// published once cannot be changed under its readers by anyone else.
    /// </summary>
    PublishOnce,
}
