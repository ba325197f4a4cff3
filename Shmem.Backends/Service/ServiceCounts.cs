namespace Shmem.Backends.Service;

/// <summary>What a service has.</summary>
/// <param name="Connections">Connections.</param>
/// <param name="Segments">Segments that live.</param>
/// <param name="Holders">Connections that hold any.</param>
/// <param name="Leases">Leases in sum.</param>
/// <param name="Forks">Forks that wait for their child's claim.</param>
/// <param name="Restarts">Connections that have ended and whose leases are kept.</param>
internal sealed record ServiceCounts(int Connections, int Segments, int Holders, int Leases, int Forks, int Restarts);
