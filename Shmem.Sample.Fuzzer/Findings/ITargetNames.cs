namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>Which types are the library's under test. Asked from any thread.</summary>
internal interface ITargetNames
{
    /// <summary>Whether the library declares this type: a full name, nested types with dots, generic ones with their arity (<c>Ns.Outer.List`1</c>).</summary>
    bool Contains(ReadOnlySpan<char> typeFullName);
}
