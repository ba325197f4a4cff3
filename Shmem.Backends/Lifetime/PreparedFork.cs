namespace Shmem.Backends.Lifetime;

/// <summary>A fork that was announced, before its child exists.</summary>
/// <param name="Token">What the child claims its leases with.</param>
/// <param name="ChildNumber">The process number that the child bears as a holder; no other process ever bears it.</param>
/// <param name="Leases">How many leases were copied for the child.</param>
public readonly record struct PreparedFork(ForkToken Token, long ChildNumber, int Leases);
