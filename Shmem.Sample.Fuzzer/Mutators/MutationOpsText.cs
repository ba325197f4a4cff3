namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>The text of <see cref="MutationOps"/> in file names.</summary>
internal static class MutationOpsText
{
    /// <summary>As in <c>op:splice+havoc</c>; <c>op:seed</c> where nothing was done. Allocates: for inputs that are kept.</summary>
    public static string ToFileNamePart(this MutationOps ops) => ops == MutationOps.None
        ? "op:seed"
        : "op:" + ops.ToString().ToLowerInvariant().Replace(", ", "+", StringComparison.Ordinal);
}
