namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// Inputs of exceptions whose keys nobody has saved yet. A few of each key are judged at a time; what comes meanwhile is met again where one of them is saved. Where
/// none is, the newest of those that wait is next, until so many did not do the same alone that no more are asked. Any thread.
/// </summary>
internal sealed class ThrownInputs
{
    /// <summary>Inputs of one key that are judged at a time: of more the same is to be expected.</summary>
    public const int MostOfKey = 3;

    /// <summary>Inputs of one key that are judged at most while none is saved: each takes a process.</summary>
    public const int MostTried = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, OfKey> _keys = new(StringComparer.Ordinal);

    /// <returns>What is to be done with it: where it is judged, <see cref="Leave"/> is to be called then.</returns>
    public ThrownTurn Enter(ThrownInput input)
    {
        lock (_gate)
        {
            if (!_keys.TryGetValue(input.Finding.Key, out var key)) _keys.Add(input.Finding.Key, key = new OfKey());
            if (key.Judged < MostOfKey && key.Tried < MostTried)
            {
                key.Judged++;
                key.Tried++;
                return ThrownTurn.Judge;
            }

            if (key.Judged == 0) return ThrownTurn.Never;
            // What there is no turn for is not acknowledged unless one of its key is saved.
            if (key.Tried + key.Waiting.Count < MostTried) key.Waiting.Push(input);
            else key.Others.Add(input.Settled);
            return ThrownTurn.Wait;
        }
    }

    /// <summary>One has been judged.</summary>
    /// <param name="ofKey">Its key.</param>
    /// <param name="isSaved">Whether an input of that key is saved.</param>
    /// <param name="metAgain">Those that need not be judged then, to be told so.</param>
    /// <returns>One that is judged next; null for none.</returns>
    public ThrownInput? Leave(string ofKey, bool isSaved, out IReadOnlyList<Action> metAgain)
    {
        metAgain = [];
        lock (_gate)
        {
            var key = _keys[ofKey];
            if (isSaved)
            {
                metAgain = [.. key.Waiting.Select(input => input.Settled), .. key.Others];
                key.Waiting.Clear();
                key.Others.Clear();
                if (--key.Judged == 0) _keys.Remove(ofKey);
                return null;
            }

            if (key.Waiting.TryPop(out var next))
            {
                key.Tried++;
                return next;
            }

            if (--key.Judged == 0) key.Others.Clear();
            return null;
        }
    }

    private sealed class OfKey
    {
        /// <summary>Those that are judged now.</summary>
        public int Judged { get; set; }

        /// <summary>Those that are or were.</summary>
        public int Tried { get; set; }

        public Stack<ThrownInput> Waiting { get; } = [];

        public List<Action> Others { get; } = [];
    }
}
