namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>What a mutation did: one byte that travels with the input and names its file if it is saved.</summary>
[Flags]
internal enum MutationOps : byte
{
    /// <summary>Nothing: a seed.</summary>
    None = 0,

    /// <summary>Small changes, one on top of another.</summary>
    Havoc = 1,

    /// <summary>The end was taken from another entry.</summary>
    Splice = 2,

    /// <summary>A chunk was repeated.</summary>
    Repeat = 4,

    /// <summary>An opening and a closing chunk were repeated around what stands between them.</summary>
    Nest = 8,

    /// <summary>A token of the dictionary was put in.</summary>
    Dictionary = 16,
}
