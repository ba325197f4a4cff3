namespace Shmem.Sample.Fuzzer.Targets;

/// <summary>What a target method takes its input as.</summary>
internal enum ArgumentKind
{
    /// <summary>A new <c>byte[]</c> for each run.</summary>
    Array,

    /// <summary>A <c>ReadOnlySpan&lt;byte&gt;</c> over the input where it lies.</summary>
    Span,

    /// <summary>A read-only, seekable <see cref="System.IO.Stream"/> over the input where it lies.</summary>
    Stream,

    /// <summary>A new <c>string</c>, the input decoded as UTF-8, invalid bytes replaced.</summary>
    String,
}
