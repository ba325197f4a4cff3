using Microsoft.Extensions.Logging;

namespace Shmem.Actors.Hosting;

/// <summary>What is logged of the choice of a backend.</summary>
internal static partial class BackendLogMessages
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Segments are created by {Backend}")]
    public static partial void BackendChosen(this ILogger log, string backend);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Segments are created by {Backend}, since what is preferred does not work here: {Reasons}")]
    public static partial void BackendChosenInstead(this ILogger log, string backend, string reasons);
}
