namespace Shmem.Backends.Lifetime;

/// <summary>A segment that nothing keeps any more: it is to be unlinked.</summary>
/// <param name="Id">The segment.</param>
/// <param name="Reuse">When its bytes may serve again.</param>
internal readonly record struct FreedSegment(ShMemId Id, BytesReuse Reuse);
