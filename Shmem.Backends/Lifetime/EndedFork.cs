namespace Shmem.Backends.Lifetime;

/// <summary>A fork that has come to its end.</summary>
/// <param name="Token">Its token.</param>
/// <param name="Parent">Who announced it.</param>
/// <param name="Child">The child; null where it was never known.</param>
/// <param name="How">How it ended.</param>
internal readonly record struct EndedFork(ForkToken Token, HolderId Parent, HolderId? Child, ForkEnd How);
