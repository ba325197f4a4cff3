using System.Security.Cryptography;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>
/// Keeps instrumented copies between campaigns, one folder per set, named by the set's identity. Only the broker makes entries; an
/// entry appears whole, by a rename, and never changes, so several brokers and any number of workers may use one cache.
/// </summary>
internal sealed class InstrumentationCache
{
    private const string TemporaryPrefix = "new-";

    /// <summary>Every build of a target makes an entry: one that nobody has used for so long goes.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromDays(30);

    private InstrumentationCache(string folder) => Folder = folder;

    /// <summary>The folder, which is this user's alone.</summary>
    public string Folder { get; }

    /// <summary>
    /// Opens <c>$SHMEM_CACHE_DIR</c>, else <c>$XDG_CACHE_HOME/shmem</c>, else <c>~/.cache/shmem</c>, and creates it where it is missing.
    /// </summary>
    /// <exception cref="InputException">The folder cannot be used, or others may write to it.</exception>
    public static InstrumentationCache Open() => Open(DefaultFolder(Environment.GetEnvironmentVariable));

    /// <summary>Where <see cref="Open()"/> would look, and whether it could; makes nothing.</summary>
    public static string Describe() => Describe(DefaultFolder(Environment.GetEnvironmentVariable));

    /// <inheritdoc cref="Describe()"/>
    internal static string Describe(string folder)
    {
        if (!Path.Exists(folder) && new FileInfo(folder).LinkTarget is null) return $"{folder}, which is made when it is needed";
        try
        {
            PrivateFolder.Check(folder);
            return folder;
        }
        catch (InputException refused)
        {
            return $"cannot be used: {refused.Message}";
        }
    }

    /// <summary>Opens a cache in a certain folder.</summary>
    /// <inheritdoc cref="Open()"/>
    public static InstrumentationCache Open(string folder)
    {
        PrivateFolder.Ensure(folder);
        var cache = new InstrumentationCache(folder);
        cache.RemoveAbandoned();
        return cache;
    }

    /// <summary>Instruments assemblies as one set, or finds the set that was made before.</summary>
    /// <param name="paths">The original assemblies, in any order.</param>
    /// <param name="stop">Gives up between two assemblies, and leaves nothing.</param>
    /// <exception cref="InputException">An assembly can't be instrumented.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public InstrumentedSet Instrument(IEnumerable<string> paths, CancellationToken stop = default)
    {
        var sources = SourceAssembly.ReadAll(paths, stop);
        var identity = SourceAssembly.IdentityOf(sources);
        var originals = sources.Select(source => source.Path).ToList();
        if (Find(identity, originals) is { } found)
            return found;

        var temporary = NewTemporary();
        Directory.CreateDirectory(temporary);
        try
        {
            SetManifest.Write(temporary, Write(temporary, sources, stop));
            // An entry that is there is removed only if it is damaged: another broker may have made it meanwhile, and be about to open it.
            if (!TryPublish(temporary, EntryOf(identity)) && Find(identity, originals) is null)
            {
                Remove(EntryOf(identity));
                TryPublish(temporary, EntryOf(identity));
            }
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }

        RemoveUnused();
        return Find(identity, originals)
            ?? throw new InputException(EntryOf(identity), "the instrumented copies were damaged as soon as they were written", "Check the disk.");
    }

    /// <summary>Opens the set that the broker made; for workers, which must not make one and need not read the originals.</summary>
    /// <param name="identity">The set's identity.</param>
    /// <param name="originalPaths">The original assemblies, in the set's order.</param>
    /// <exception cref="InputException">There is none, or it is damaged.</exception>
    public InstrumentedSet Load(byte[] identity, IReadOnlyList<string> originalPaths) => Find(identity, originalPaths)
        ?? throw new InputException(EntryOf(identity), "the instrumented copies are missing or damaged", "Start the campaign again.");

    /// <summary>Says that the set is in use. Whoever opens one says so; a process that keeps it for longer than a day says so again.</summary>
    public static void Touch(InstrumentedSet set) => SetManifest.Touch(Path.GetDirectoryName(Path.GetDirectoryName(set.Assemblies[0].Path))!);

    /// <summary>The folder that the environment names.</summary>
    internal static string DefaultFolder(Func<string, string?> environment)
    {
        if (environment("SHMEM_CACHE_DIR") is { Length: > 0 } own)
            return Path.GetFullPath(own);
        var caches = environment("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathRooted(xdg)
            ? xdg
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify), ".cache");
        return Path.Combine(caches, "shmem");
    }

    private string NewTemporary() => Path.Combine(Folder, $"{TemporaryPrefix}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}");

    private string EntryOf(byte[] identity) => Path.Combine(Folder, Convert.ToHexStringLower(identity));

    /// <summary>The user may have named a folder that holds other things.</summary>
    private static bool IsEntry(string name) => name.Length == 2 * SHA256.HashSizeInBytes && name.All(char.IsAsciiHexDigitLower);

    private InstrumentedSet? Find(byte[] identity, IReadOnlyList<string> originalPaths)
    {
        // First: whoever has begun to remove it sees that, or has taken it away before it is read.
        SetManifest.Touch(EntryOf(identity));
        return SetManifest.TryRead(EntryOf(identity), originalPaths) is { } assemblies ? new InstrumentedSet(identity, assemblies) : null;
    }

    private static List<InstrumentedAssembly> Write(string folder, IReadOnlyList<SourceAssembly> sources, CancellationToken stop)
    {
        var assemblies = new List<InstrumentedAssembly>();
        var edge = 0;
        foreach (var source in sources)
        {
            stop.ThrowIfCancellationRequested();
            // A folder for each, so that a copy keeps its file's name.
            var path = Path.Combine(folder, assemblies.Count.ToString(), Path.GetFileName(source.Path));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var module = AssemblyInstrumenter.Open(source.Image, source.Path);
            var (methods, end) = AssemblyInstrumenter.Instrument(module, path, edge);
            assemblies.Add(new InstrumentedAssembly(source.Name, source.Path, path, edge, end - edge, methods));
            edge = end;
        }

        if (edge == 0)
            throw new InputException(string.Join(", ", sources.Select(source => source.Name)), "there is no code to instrument", "Name an assembly with code.");
        return assemblies;
    }

    /// <summary>Whoever renames first wins.</summary>
    /// <returns>False where an entry is there already.</returns>
    private static bool TryPublish(string temporary, string entry)
    {
        try
        {
            Directory.Move(temporary, entry);
            return true;
        }
        catch (IOException) when (Directory.Exists(entry))
        {
            return false;
        }
    }

    /// <summary>Removes entries of other builds that nobody uses any more.</summary>
    private void RemoveUnused()
    {
        foreach (var entry in Directory.EnumerateDirectories(Folder))
        {
            try
            {
                if (IsEntry(Path.GetFileName(entry)) && IsUnused(entry)) RemoveUnlessUsed(entry);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process removes it at the same time, or it may not be removed.
            }
        }
    }

    private static bool IsUnused(string entry) => SetManifest.LastUse(entry) < DateTime.UtcNow - Kept;

    /// <summary>Somebody may have found it since it was looked at: it is looked at again when nobody can find it any more, and put back.</summary>
    internal void RemoveUnlessUsed(string entry) => Remove(entry, aside => IsUnused(aside) || !TryPublish(aside, entry));

    private void Remove(string entry) => Remove(entry, _ => true);

    private void Remove(string entry, Predicate<string> isToGo)
    {
        var aside = NewTemporary();
        try
        {
            Directory.Move(entry, aside);
            if (isToGo(aside)) Directory.Delete(aside, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another broker removed it.
        }
    }

    /// <summary>Removes what a killed broker left half-written; a day is far longer than any set takes.</summary>
    private void RemoveAbandoned()
    {
        foreach (var folder in Directory.EnumerateDirectories(Folder, TemporaryPrefix + "*"))
        {
            try
            {
                if (Directory.GetCreationTimeUtc(folder) < DateTime.UtcNow.AddDays(-1))
                    Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another process removes it at the same time, or it may not be removed.
            }
        }
    }
}
