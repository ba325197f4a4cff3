namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Why the broker kills a worker whose execution is to be judged.</summary>
internal static class KillReasons
{
    public const string Hang = "one execution took longer than the time limit";

    public const string Memory = "it took more memory than the limit";
}
