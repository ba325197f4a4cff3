namespace Shmem.Sample.Fuzzer.Output;

/// <summary>One input that a campaign starts from.</summary>
/// <param name="Name">Its file's name, without folder.</param>
/// <param name="Bytes">Its content.</param>
internal sealed record Seed(string Name, byte[] Bytes);
