namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Who is judged first.</summary>
internal enum CaseRank
{
    /// <summary>A worker that died by itself: each costs one.</summary>
    Died,

    /// <summary>An exception, which its worker survived.</summary>
    Thrown,

    /// <summary>A worker that was killed for a limit: to confirm that takes the limit three times over, and most are met again.</summary>
    Killed,
}
