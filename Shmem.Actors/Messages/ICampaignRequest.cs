namespace Shmem.Actors.Messages;

/// <summary>Marks the messages whose sender waits: whoever receives one answers it, if only with <see cref="RequestRefused"/>.</summary>
internal interface ICampaignRequest : ICampaignMessage;
