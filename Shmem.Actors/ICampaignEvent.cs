namespace Shmem.Actors;

/// <summary>Marks what is published on the broker's event stream: see <see cref="CampaignEvents"/>.</summary>
#pragma warning disable CA1040 // It is what one subscribes to.
public interface ICampaignEvent;
#pragma warning restore CA1040
