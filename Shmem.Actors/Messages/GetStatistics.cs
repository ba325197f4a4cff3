namespace Shmem.Actors.Messages;

/// <summary>Asks for <see cref="ShMemStatistics"/>.</summary>
public sealed record GetStatistics : ICampaignRequest
{
    private GetStatistics()
    {
    }

    /// <summary>The one instance.</summary>
    public static GetStatistics Instance { get; } = new();
}
