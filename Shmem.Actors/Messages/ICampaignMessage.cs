namespace Shmem.Actors.Messages;

/// <summary>Marks what may travel between the processes of a campaign: the closed set that <see cref="Serialization.ShMemMessageSerializer"/> knows.</summary>
internal interface ICampaignMessage;
