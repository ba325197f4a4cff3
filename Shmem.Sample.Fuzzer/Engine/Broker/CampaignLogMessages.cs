using Microsoft.Extensions.Logging;
using Shmem.Actors.Workers;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>What the campaign writes into its log.</summary>
internal static partial class CampaignLogMessages
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Count} segments of processes that are gone")]
    public static partial void SegmentsSwept(this ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} is off: every process of this machine can join the campaign")]
    public static partial void WithoutTls(this ILogger log, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What dead campaigns left was not removed")]
    public static partial void SegmentsNotSwept(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Waited for the end of {Count} workers of a broker that was killed")]
    public static partial void LeftWorkersEnded(this ILogger log, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Killed {Count} workers of a broker that was killed, as they had not ended {Seconds} s later: {Workers}")]
    public static partial void LeftWorkersKilled(this ILogger log, int count, double seconds, string workers);

    [LoggerMessage(Level = LogLevel.Error, Message = "Process {Pid}, a worker of a broker that was killed, was killed and does not end")]
    public static partial void LeftWorkerStays(this ILogger log, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Passed over {Record}")]
    public static partial void RecordPassedOver(this ILogger log, string record);

    [LoggerMessage(Level = LogLevel.Error, Message = "The campaign failed")]
    public static partial void CampaignFailed(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A death could not be judged")]
    public static partial void DeathNotJudged(this ILogger log, Exception exception);

    [LoggerMessage(Level = LogLevel.Error, Message = "A process that ran inputs alone says nothing of them: {Failure}")]
    public static partial void VerdictFailed(this ILogger log, string failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "Not reproduced: a worker in slot {Slot}: {How}")]
    public static partial void NotReproduced(this ILogger log, int slot, WorkerExit how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not judged: a worker in slot {Slot}: {How}")]
    public static partial void NotJudged(this ILogger log, int slot, WorkerExit how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No line of findings.jsonl names {File}, and it was not seen to do again what it was saved for")]
    public static partial void UnnamedStays(this ILogger log, string file);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Folder} holds {Most} inputs: what else does not reproduce is counted, not kept. Move or delete them and go on with -i - to keep more")]
    public static partial void UnreproducedIsFull(this ILogger log, string folder, int most);

    [LoggerMessage(Level = LogLevel.Information, Message = "Not reproduced: {Key}: alone, with an eighth more, memory does not run out")]
    public static partial void MemoryNotReproduced(this ILogger log, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not reproduced: {Key}: alone, the input does not end by {Exception}: {Text} at {Frames}")]
    public static partial void ThrownNotReproduced(this ILogger log, string key, string? exception, string? text, string frames);

    [LoggerMessage(Level = LogLevel.Information, Message = "The worker in slot {Slot} made room for another after {Executions} executions: its target has come to keep half of the memory limit")]
    public static partial void Restarted(this ILogger log, int slot, long executions);

    [LoggerMessage(Level = LogLevel.Error, Message = "A worker in slot {Slot} failed, which says nothing of its target: {Failure}")]
    public static partial void WorkerFailed(this ILogger log, int slot, string failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "What the last worker in slot {Slot} had claimed is lost: its log is damaged")]
    public static partial void LogNotRecovered(this ILogger log, int slot, Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Met again: {Key}")]
    public static partial void MetAgain(this ILogger log, string key);
}
