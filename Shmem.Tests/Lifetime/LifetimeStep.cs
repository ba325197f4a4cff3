using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Lifetime;

/// <summary>A command about somebody. Segments and forks are numbered as they came to be, from 1; a number that was never given stands for a foreign one.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Holder">Who asks, or who is gone. For a restart's later steps the successor.</param>
/// <param name="Other">The child that a parent reports; of a restart's later steps the predecessor.</param>
/// <param name="Segment">The segment.</param>
/// <param name="Fork">The fork.</param>
/// <param name="Limit">The time limit or grace time.</param>
/// <param name="Now">When it happens.</param>
internal sealed record LifetimeStep(LifetimeKind Kind, HolderId Holder, HolderId Other, int Segment, int Fork, TimeSpan Limit, TimeSpan Now);
