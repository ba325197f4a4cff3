namespace Shmem.Backends;

/// <summary>What a backend can do, on this machine.</summary>
/// <param name="Scope">Who can open its ids.</param>
/// <param name="CrashClean">True when <c>kill -9</c> of every holder leaves nothing behind.</param>
/// <param name="ReadOnly">True when a segment can be mapped for reading only.</param>
public sealed record ShMemCapabilities(ShMemScope Scope, bool CrashClean, bool ReadOnly)
{
    /// <summary>True when a segment can be <see cref="ShMemKind.PublishOnce"/>.</summary>
    public bool PublishOnce { get; init; }
}
