namespace Shmem.Sample.Fuzzer.Engine;

/// <summary>The exceptions that the user said are no findings, by full or simple type name; a derived type counts too.</summary>
internal sealed class ExpectedExceptions(IEnumerable<string> names)
{
    private readonly HashSet<string> _names = [.. names];

    // Asked for every input that the target rejects, so the answer of each type is kept.
    private readonly Dictionary<Type, bool> _known = [];

    public bool Contains(Exception exception)
    {
        var type = exception.GetType();
        if (_known.TryGetValue(type, out var expected)) return expected;
        return _known[type] = Bases(type).Any(t => _names.Contains(t.Name) || _names.Contains(t.FullName ?? t.Name));
    }

    private static IEnumerable<Type> Bases(Type? type)
    {
        for (; type is not null; type = type.BaseType) yield return type;
    }
}
