namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// Inputs of exceptions whose keys nobody has saved yet. A few of each key are to be judged at a time; what comes meanwhile is met again where one of them is saved. Where
/// none is, the newest is to be judged, too. Any thread.
/// </summary>
internal sealed class ThrownInputs
{
    /// <summary>Inputs of one key that are judged at most: of more the same is to be expected.</summary>
    public const int MostOfKey = 3;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, OfKey> _keys = new(StringComparer.Ordinal);

    /// <returns>True where it is to be judged, and <see cref="Leave"/> to be called then; false where others of its key are.</returns>
    public bool TryEnter(ThrownInput input)
    {
        lock (_gate)
        {
            if (!_keys.TryGetValue(input.Finding.Key, out var key)) _keys.Add(input.Finding.Key, key = new OfKey());
            if (key.Judged < MostOfKey)
            {
                key.Judged++;
                return true;
            }

            key.Newest = input;
            key.Others.Add(input.Settled);
            return false;
        }
    }

    /// <summary>One has been judged.</summary>
    /// <param name="ofKey">Its key.</param>
    /// <param name="isSaved">Whether an input of that key is saved.</param>
    /// <param name="metAgain">Those that did not have to be judged, to be told so.</param>
    /// <returns>One that is to be judged next, as after <see cref="TryEnter"/>; null for none.</returns>
    public ThrownInput? Leave(string ofKey, bool isSaved, out IReadOnlyList<Action> metAgain)
    {
        metAgain = [];
        lock (_gate)
        {
            var key = _keys[ofKey];
            key.Judged--;
            if (isSaved)
            {
                (metAgain, key.Others, key.Newest) = (key.Others, [], null);
            }
            else if (key is { Judged: 0, Newest: { } next })
            {
                (key.Judged, key.Newest) = (1, null);
                return next;
            }

            if (key.Judged == 0) _keys.Remove(ofKey);
            return null;
        }
    }

    private sealed class OfKey
    {
        public int Judged { get; set; }

        public ThrownInput? Newest { get; set; }

        public List<Action> Others { get; set; } = [];
    }
}
