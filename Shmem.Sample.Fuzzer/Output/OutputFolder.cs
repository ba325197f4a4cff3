using System.Globalization;
using Shmem.Actors.Workers;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>
/// A campaign's folder in AFL's layout, held for one fuzzer until it is disposed, which leaves nothing of a campaign that has not begun. Saving is safe from
/// any thread.
/// </summary>
internal sealed class OutputFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string WorkersName = ".workers";
    private const string DictionaryName = ".dictionary";
    private static readonly string[] s_rooms = ["queue", "crashes", "hangs", "unreproduced", "log", WorkersName];
    private static readonly string[] s_files =
        [CampaignFile.Name, "findings.jsonl", FuzzerStatsFile.Name, PlotData.Name, DictionaryName, OutputLock.FileName];

    private readonly OutputLock _lock;
    // The topmost folder that this campaign made itself; null: OUT was there, empty.
    private readonly string? _made;

    private OutputFolder(string path, CampaignOptions options, OutputLock held, string? made)
    {
        _lock = held;
        _made = made;
        FullPath = path;
        Options = options;
        // The folder of a new campaign may hold what is others'.
        if (options.Resume) WholeFile.RemoveLeft(path);
        LogFolder = Path.Combine(path, "log");
        Directory.CreateDirectory(LogFolder);
        Workers = new WorkerRegister(Path.Combine(path, WorkersName));
        Queue = new EntryFolder(Path.Combine(path, "queue"));
        Crashes = new EntryFolder(Path.Combine(path, "crashes"));
        Hangs = new EntryFolder(Path.Combine(path, "hangs"));
        Unreproduced = new EntryFolder(Path.Combine(path, "unreproduced"));
        Findings = new FindingsFile(Path.Combine(path, "findings.jsonl"));
        Before = new FuzzerStatsFile(path).ReadTotals();
    }

    public string FullPath { get; }

    public string LogFolder { get; }

    /// <summary>The worker processes that live.</summary>
    public WorkerRegister Workers { get; }

    /// <summary>The campaign's options: as given, with <see cref="CampaignOptions.Output"/> filled in; after <c>-i -</c> with the target of old.</summary>
    public CampaignOptions Options { get; }

    public EntryFolder Queue { get; }

    public EntryFolder Crashes { get; }

    public EntryFolder Hangs { get; }

    public EntryFolder Unreproduced { get; }

    public FindingsFile Findings { get; }

    /// <summary>
    /// The campaign's own copy of its dictionary, which every process of it reads: the user's file may be in the middle of a change then, or have been a pipe.
    /// </summary>
    public string DictionaryCopy => Path.Combine(FullPath, DictionaryName);

    /// <summary>Zero for a new campaign.</summary>
    public EarlierRuns Before { get; }

    /// <summary>Whether <see cref="Begin"/> was called.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Opens or makes the folder that <paramref name="options"/> name, and takes it. Where a campaign goes on, its <c>campaign.json</c> stays as it is.</summary>
    /// <param name="options">The options as given.</param>
    /// <param name="time">Names a folder that nobody named.</param>
    /// <param name="dictionary">What a new campaign's dictionary holds; saved at once.</param>
    /// <exception cref="InputException">In use, filled without <c>-i -</c>, empty with it, not a folder, not writable.</exception>
    public static OutputFolder Open(CampaignOptions options, TimeProvider time, byte[]? dictionary = null)
    {
        var path = options.Output is { } given ? Path.GetFullPath(given) : NewPath(time);
        if (File.Exists(path))
            throw new InputException(path, "a file, not a folder", "Give a folder with -o.");
        if (options.Resume && !IsFilled(path))
            throw new InputException(path, "has no campaign to go on with", "Give seeds with -i instead of `-i -`, or the folder of a campaign with -o.");
        var made = FirstMissing(path);
        var isTaken = false;
        try
        {
            var folder = Take(path, options with { Output = path }, made, dictionary);
            isTaken = true;
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(path, $"cannot be written ({e.Message.TrimEnd('.')})", "Give a folder of your own with -o.");
        }
        finally
        {
            if (!isTaken) RemoveEmpty(path, made);
        }
    }

    /// <summary>The campaign is one: the options have proved right and its seeds are in the queue, as <c>campaign.json</c> says from now on.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Begin()
    {
        CampaignFile.Write(FullPath, Options with { HasTakenSeeds = true });
        HasBegun = true;
    }

    /// <summary>Makes <see cref="DictionaryCopy"/>.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void SaveDictionary(ReadOnlySpan<byte> dictionary) => WholeFile.Write(DictionaryCopy, dictionary, overwrite: true);

    /// <summary>Files of <c>crashes/</c> and <c>hangs/</c> that no line of <c>findings.jsonl</c> names: a fuzzer was killed between the two.</summary>
    public IReadOnlyList<string> UnnamedFindings()
    {
        var named = Findings.ReadAll().Select(finding => Path.GetFullPath(finding.File, FullPath)).ToHashSet();
        return [.. Crashes.Entries().Concat(Hangs.Entries()).Select(entry => entry.Path).Where(path => !named.Contains(path))];
    }

    /// <summary>Lets the folder go. Before <see cref="Begin"/> it also removes again what <see cref="Open"/> made, so that the next try may use the same
    /// folder; nothing is removed from a campaign that was gone on with, nor what others put there.</summary>
    public void Dispose()
    {
        // Somebody may have removed the folder meanwhile: then there is nothing to remove.
        if (HasBegun || Options.Resume || !Directory.Exists(FullPath)) _lock.Dispose();
        else Discard(FullPath, _lock, _made);
    }

    /// <summary>The lock goes last: once it is free, or has no name any more, all that is there may be another fuzzer's.</summary>
    private static void Discard(string path, OutputLock held, string? made)
    {
        foreach (var room in s_rooms.Select(name => Path.Combine(path, name)).Where(Directory.Exists))
            Directory.Delete(room, recursive: true);
        foreach (var file in s_files.Where(file => file != OutputLock.FileName).Select(file => Path.Combine(path, file)).Where(File.Exists))
            File.Delete(file);
        held.Remove();
        RemoveEmpty(path, made);
    }

    /// <summary>Removes the folders that were made; one in which there is something by now is somebody else's.</summary>
    private static void RemoveEmpty(string path, string? made)
    {
        try
        {
            for (var folder = path; made is not null; folder = Path.GetDirectoryName(folder)!)
            {
                if (Directory.Exists(folder)) Directory.Delete(folder);
                if (folder == made) break;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is not empty.
        }
    }

    private static OutputFolder Take(string path, CampaignOptions options, string? made, byte[]? dictionary)
    {
        CreatePrivate(path);
        var held = OutputLock.Take(path);
        var isNew = false;
        try
        {
            if (!options.Resume && IsFilled(path))
                throw new InputException(path, "holds a campaign already", "Go on with it by `-i -`, or give another -o.");
            if (options.Resume && (options.Assembly is null ? CampaignFile.Read(path) : CampaignFile.TryRead(path)) is { } previous)
                options = options.ContinueFrom(previous);
            isNew = !options.Resume;
            var folder = new OutputFolder(path, options, held, made);
            if (!isNew) return folder;
            // A kill before the beginning leaves a campaign to go on with: with its dictionary, which comes first and may have been a pipe.
            if (dictionary is not null) folder.SaveDictionary(dictionary);
            CampaignFile.Write(path, options);
            return folder;
        }
        catch
        {
            if (isNew) Discard(path, held, made);
            else held.Dispose();
            throw;
        }
    }

    private static bool IsFilled(string path) => Directory.Exists(path)
        && (s_files.Any(file => file != OutputLock.FileName && File.Exists(Path.Combine(path, file)))
            || s_rooms.Any(room => Directory.Exists(Path.Combine(path, room)) && Directory.EnumerateFileSystemEntries(Path.Combine(path, room)).Any()));

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, OwnerOnly);
    }

    private static string NewPath(TimeProvider time)
    {
        var stem = Path.GetFullPath(Path.Combine("shmem-out", time.GetLocalNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)));
        var path = stem;
        for (var n = 2; Directory.Exists(path) || File.Exists(path); n++)
            path = $"{stem}-{n}";
        return path;
    }

    private static string? FirstMissing(string path)
    {
        string? missing = null;
        for (var folder = path; folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
            missing = folder;
        return missing;
    }
}
