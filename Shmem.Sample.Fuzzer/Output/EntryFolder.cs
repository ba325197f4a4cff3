namespace Shmem.Sample.Fuzzer.Output;

/// <summary>One of <c>queue/</c>, <c>crashes/</c>, <c>hangs/</c>, <c>unreproduced/</c>: numbered files, the numbers going on after the
/// highest one present. Any thread.</summary>
internal sealed class EntryFolder
{
    private int _last;
    private int _count;

    /// <summary>Opens the folder and removes what a killed fuzzer left half written.</summary>
    public EntryFolder(string path)
    {
        FullPath = path;
        Directory.CreateDirectory(path);
        WholeFile.RemoveLeft(path);
        var entries = Entries();
        _last = entries.Count == 0 ? -1 : entries[^1].Id;
        _count = entries.Count;
    }

    public string FullPath { get; }

    /// <summary>Inputs that were here when it was opened, and those saved since.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>The saved inputs in the order of their numbers.</summary>
    public IReadOnlyList<SavedEntry> Entries()
    {
        var entries = new List<SavedEntry>();
        foreach (var file in Directory.EnumerateFiles(FullPath))
        {
            if (EntryName.TryParseId(Path.GetFileName(file.AsSpan()), out var id))
                entries.Add(new SavedEntry(id, file));
        }
        entries.Sort((a, b) => a.Id.CompareTo(b.Id));
        return entries;
    }

    /// <summary>Saves under the next number.</summary>
    /// <exception cref="IOException">The disk is full or the folder is gone.</exception>
    public SavedEntry Save(ReadOnlySpan<byte> bytes, Func<int, string> name)
    {
        var id = Interlocked.Increment(ref _last);
        var path = Path.Combine(FullPath, name(id));
        WholeFile.Write(path, bytes, overwrite: false);
        Interlocked.Increment(ref _count);
        return new SavedEntry(id, path);
    }
}
