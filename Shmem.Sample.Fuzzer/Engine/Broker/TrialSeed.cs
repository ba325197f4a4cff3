namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>A test case that the campaign starts from.</summary>
/// <param name="Name">The file's name, for messages and for the queue.</param>
/// <param name="Bytes">Its content.</param>
/// <param name="QueueId">The number of the queue's file that it came from; null for a new one.</param>
internal sealed record TrialSeed(string Name, byte[] Bytes, int? QueueId = null);
