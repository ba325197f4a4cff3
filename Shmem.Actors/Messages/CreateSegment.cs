using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// Creates a segment and its first lease. Answered by <see cref="SegmentCreated"/> or <see cref="RequestRefused"/>. Only the broker's own
/// process can send it: it has no form on the wire.
/// </summary>
/// <param name="Size">Bytes, at least 1.</param>
/// <param name="Holder">Who holds the first lease; the segment lives until it and all later ones are released.</param>
/// <param name="Purpose">What it is for, for logs.</param>
/// <param name="Scheme">The backend, such as <c>memfd</c>; null for the default one.</param>
public sealed record CreateSegment(long Size, HolderId Holder, string Purpose, string? Scheme = null);
