using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>A segment and what it is for.</summary>
/// <param name="Name">Its role, such as <c>board</c> or <c>log</c>; at most 1024 characters.</param>
/// <param name="Slot">The slot that it belongs to; <see cref="NoSlot"/> where it is the whole campaign's.</param>
/// <param name="Description">How to open it.</param>
public sealed record NamedSegment(string Name, int Slot, ShMemDescription Description)
{
    /// <summary>The <see cref="Slot"/> of a segment that belongs to no slot.</summary>
    public const int NoSlot = -1;
}
