using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>The answer to <see cref="CreateSegment"/>.</summary>
/// <param name="Segment">The segment, all of it zero.</param>
public sealed record SegmentCreated(ShMemDescription Segment);
