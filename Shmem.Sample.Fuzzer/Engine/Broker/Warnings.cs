namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>What the user is told to look at, in order. Any thread.</summary>
internal sealed class Warnings(IEnumerable<string> before)
{
    private readonly Lock _gate = new();
    private readonly List<string> _all = [.. before];
    private readonly HashSet<string> _toldOf = [];

    /// <summary>A copy.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_gate) return [.. _all];
        }
    }

    public void Add(string warning)
    {
        lock (_gate) _all.Add(warning);
    }

    /// <summary>Adds the first one about that: where it lasts there would be another every second.</summary>
    public void AddFirst(string about, string warning)
    {
        lock (_gate)
            if (_toldOf.Add(about)) _all.Add(warning);
    }
}
