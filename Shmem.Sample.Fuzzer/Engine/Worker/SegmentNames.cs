namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>The roles of the campaign's segments, as announcements name them.</summary>
internal static class SegmentNames
{
    /// <summary>The coverage board.</summary>
    public const string Board = "board";

    /// <summary>The first segment of a corpus log: a slot's, or that of the seeds.</summary>
    public const string Log = "log";

    /// <summary>The slot number of the seeds' log; slots of workers count from 0.</summary>
    public const int SeedSlot = 65_535;
}
