using Shmem.Backends.Heap;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>What <c>replay</c> is told. A null is taken from the campaign that the file lies in or, where <see cref="Assembly"/> is named, from the defaults of <c>fuzz</c>.</summary>
internal sealed record ReplayOptions
{
    /// <summary>Existing files, by absolute path; at least one.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    public string? Assembly { get; init; }

    public string? Method { get; init; }

    public int? TimeoutMilliseconds { get; init; }

    public int? MemoryMegabytes { get; init; }

    public int? StackKilobytes { get; init; }

    public ShMemGuard? Guard { get; init; }

    public IReadOnlyList<string> Expect { get; init; } = [];
}
