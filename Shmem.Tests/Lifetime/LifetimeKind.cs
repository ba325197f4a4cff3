namespace Shmem.Tests.Lifetime;

/// <summary>What can happen to a ledger.</summary>
public enum LifetimeKind
{
    Add,
    Acquire,
    Release,
    Gone,
    PreFork,
    PostFork,
    ClaimFork,
    AbortFork,
    OnRestart,
    Succeed,
    Acknowledge,
}
