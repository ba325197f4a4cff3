namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>What is to be done with an input of an exception.</summary>
internal enum ThrownTurn
{
    /// <summary>It is judged now.</summary>
    Judge,

    /// <summary>Others of its key are; it may be its turn later.</summary>
    Wait,

    /// <summary>So many of its key did not do the same alone that it is not asked any more.</summary>
    Never,
}
