namespace Shmem.Sample.Fuzzer.Output;

/// <summary>One of <c>queue/</c>, <c>crashes/</c>, <c>hangs/</c>, <c>unreproduced/</c>: numbered files, the numbers going on after the
/// highest one present. Any thread.</summary>
internal sealed class EntryFolder
{
    private readonly string _path;
    private int _last;

    /// <summary>Opens the folder and removes what a killed fuzzer left half written.</summary>
    public EntryFolder(string path)
    {
        _path = path;
        Directory.CreateDirectory(path);
        foreach (var file in Directory.EnumerateFiles(path, WholeFile.TemporaryPrefix + "*", s_all))
            File.Delete(file);
        _last = Entries().Select(entry => entry.Id).DefaultIfEmpty(-1).Max();
    }

    // Also what begins with a dot, which the default leaves out as hidden.
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = FileAttributes.Directory };

    /// <summary>The saved inputs in the order of their numbers.</summary>
    public IReadOnlyList<SavedEntry> Entries()
    {
        var entries = new List<SavedEntry>();
        foreach (var file in Directory.EnumerateFiles(_path))
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
        var path = Path.Combine(_path, name(id));
        WholeFile.Write(path, bytes, overwrite: false);
        return new SavedEntry(id, path);
    }
}
