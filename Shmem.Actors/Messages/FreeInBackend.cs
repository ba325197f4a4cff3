using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>Nobody holds the segment any more: the backend's actor lets it go and publishes <see cref="SegmentFreed"/>.</summary>
/// <param name="Id">The segment.</param>
internal sealed record FreeInBackend(ShMemId Id);
