using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>An input by which an exception left the target method.</summary>
/// <param name="Finding">The exception.</param>
/// <param name="Bytes">The input.</param>
/// <param name="From">Where that came from.</param>
/// <param name="Settled">To be called once it is on disk, or another of its key is.</param>
internal sealed record ThrownInput(Finding Finding, byte[] Bytes, Provenance From, Action Settled);
