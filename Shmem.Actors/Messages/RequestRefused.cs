using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>The answer to a request that was not carried out; nothing has changed.</summary>
/// <param name="Error">The reason, for code.</param>
/// <param name="Why">The reason, for people; what is past 1024 characters is cut on the way.</param>
/// <param name="Remedy">What to do about it; cut likewise.</param>
public sealed record RequestRefused(ShMemError Error, string Why, string Remedy) : ICampaignMessage;
