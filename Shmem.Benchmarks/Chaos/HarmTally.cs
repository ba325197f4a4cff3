namespace Shmem.Benchmarks.Chaos;

/// <summary>How often each kind of harm was done.</summary>
internal sealed class HarmTally
{
    private readonly SortedDictionary<string, int> _done = new(StringComparer.Ordinal);

    public int Total => _done.Values.Sum();

    public void Count(string kind) => _done[kind] = _done.GetValueOrDefault(kind) + 1;

    public void Print()
    {
        foreach (var (kind, count) in _done) Console.WriteLine($"  {count,5}  {kind}");
    }
}
