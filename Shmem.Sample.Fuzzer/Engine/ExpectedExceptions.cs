using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Sample.Fuzzer.Engine;

/// <summary>
/// The exceptions that the user said are no findings, by full or simple type name; a derived type counts too, and so does one that another carries out of a task,
/// an initialiser or a call by reflection: a finding would have its name. Not thread-safe.
/// </summary>
internal sealed class ExpectedExceptions(IEnumerable<string> names)
{
    private readonly HashSet<string> _names = [.. names];

    // Asked for every input that the target rejects, so the answers of each type are kept.
    private readonly Dictionary<Type, (bool IsNamed, bool IsCarrier)> _known = [];

    public bool Contains(Exception exception)
    {
        var left = ExceptionText.MaxInner;
        for (var e = exception; e is not null && left-- > 0; e = e.InnerException)
        {
            var (isNamed, isCarrier) = Of(e.GetType());
            if (isNamed) return true;
            if (!isCarrier) return false;
        }

        return false;
    }

    private (bool IsNamed, bool IsCarrier) Of(Type type)
    {
        if (_known.TryGetValue(type, out var known)) return known;
        return _known[type] = (Bases(type).Any(t => _names.Contains(t.Name) || _names.Contains(t.FullName ?? t.Name)), ExceptionText.IsCarrier(type.ToString()));
    }

    private static IEnumerable<Type> Bases(Type? type)
    {
        for (; type is not null; type = type.BaseType) yield return type;
    }
}
