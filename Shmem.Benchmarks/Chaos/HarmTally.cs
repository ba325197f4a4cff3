namespace Shmem.Benchmarks.Chaos;

/// <summary>How often each kind of harm was done. Thread-safe: some is done at the side.</summary>
internal sealed class HarmTally
{
    private readonly SortedDictionary<string, int> _done = new(StringComparer.Ordinal);

    public int Total
    {
        get
        {
            lock (_done) return _done.Values.Sum();
        }
    }

    public void Count(string kind)
    {
        lock (_done) _done[kind] = _done.GetValueOrDefault(kind) + 1;
    }

    public void Print()
    {
        lock (_done)
            foreach (var (kind, count) in _done) Console.WriteLine($"  {count,5}  {kind}");
    }
}
