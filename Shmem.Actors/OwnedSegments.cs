using Shmem.Backends;

namespace Shmem.Actors;

/// <summary>
/// The views by which the broker owns the segments of one backend, and the backend itself. Handed to the actor by its Props, so that the actor's restart loses
/// none. Only that actor touches it, but for <see cref="Open"/>.
/// </summary>
internal sealed class OwnedSegments(ShMemProvider provider) : IDisposable
{
    private readonly Dictionary<ShMemId, ShMem> _views = [];

    public string Scheme => provider.Scheme;

    /// <summary>Creates a segment and owns it.</summary>
    public ShMemDescription Create(long size)
    {
        var view = provider.Create(size);
        _views.Add(view.Id, view);
        return view.Description;
    }

    /// <summary>One more view of a segment, which the caller disposes. Any thread may ask.</summary>
    /// <exception cref="ShMemException">The system refuses.</exception>
    public ShMem Open(in ShMemDescription segment) => provider.Open(segment);

    /// <summary>Lets a segment go, after which its id can no longer be opened.</summary>
    /// <returns>False when it was not owned.</returns>
    public bool Free(ShMemId id)
    {
        if (!_views.Remove(id, out var view)) return false;
        view.Dispose();
        return true;
    }

    /// <summary>Lets all go.</summary>
    public void Dispose()
    {
        foreach (var view in _views.Values) view.Dispose();
        _views.Clear();
    }
}
