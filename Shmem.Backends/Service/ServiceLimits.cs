using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>How much of its clients a service bears with.</summary>
internal sealed record ServiceLimits
{
    public static ServiceLimits Default { get; } = new();

    /// <summary>How long a connection may take to its first request, and over any request that it has begun. One without a request may be silent for ever.</summary>
    public TimeSpan Request { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>By which those times are told.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Connections at a time; each costs a descriptor and a buffer of 4 KiB.</summary>
    public int Connections { get; init; } = 1024;

    /// <summary>Forks that a connection may have announced and that no child has claimed.</summary>
    public int OpenForks { get; init; } = ForkLedger.MostOpen;
}
