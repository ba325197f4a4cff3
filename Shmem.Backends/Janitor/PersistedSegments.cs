using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Shmem.Backends.Janitor;

/// <summary>
/// Segments of this user that shall outlive their holders (<see cref="ShMem.Persist"/>). Recorded in the run-time folder, so that they are listed and are
/// told from leftovers; a record that is lost loses no segment.
/// </summary>
/// <remarks>Each is a file of three lines: the place, the name as a manifest lists it, the size. It appears by rename.</remarks>
[SupportedOSPlatform("linux")]
public static class PersistedSegments
{
    private const string RecordPrefix = "segment-";

    /// <summary>Those that exist. <see cref="ShMemProvider.Open"/> opens one, <see cref="ShMemProvider.Remove"/> ends it.</summary>
    /// <exception cref="ShMemException">The run-time folder may not be used.</exception>
    public static IReadOnlyList<ShMemDescription> List() =>
        RuntimeFolder.Find() is not { } folder ? [] : [.. Records(folder).Select(r => Read(r.Lines)).Where(s => s is not null).Select(s => s!.Value)];

    /// <summary>Records a segment.</summary>
    internal static void Record(in ListedName name, long size)
    {
        var folder = FolderIn(RuntimeFolder.Open().Path);
        RuntimeFolder.Make(folder);
        var random = RandomNumberGenerator.GetHexString(20, lowercase: true);
        var unborn = Path.Combine(folder, ".new-" + random);
        try
        {
            File.WriteAllText(unborn, string.Create(CultureInfo.InvariantCulture, $"{Place.Here}\n{name.Text}\n{size}\n"));
            File.Move(unborn, Path.Combine(folder, RecordPrefix + random));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(unborn);
            throw CampaignManifest.Unwritable(e);
        }
    }

    /// <summary>Removes the records of what is gone.</summary>
    internal static void Tidy(string? runtimeFolder)
    {
        if (runtimeFolder is null) return;
        // No name comes to be a recorded one's again: each tells its bearer from others, so a record that is stale stays so.
        foreach (var (path, lines) in Records(runtimeFolder))
            if (lines is not [var place, ..] || Place.IsPast(place) || (Place.IsHere(place) && Read(lines) is null)) File.Delete(path);
    }

    private static string FolderIn(string runtimeFolder) => Path.Combine(runtimeFolder, "persisted");

    private static IEnumerable<(string Path, string[] Lines)> Records(string runtimeFolder)
    {
        var folder = FolderIn(runtimeFolder);
        if (!Directory.Exists(folder)) yield break;
        foreach (var path in Directory.GetFiles(folder, RecordPrefix + "*"))
        {
            string[] lines;
            try
            {
                lines = File.ReadAllLines(path);
            }
            catch (FileNotFoundException)
            {
                // Tidied by another process.
                continue;
            }

            yield return (path, lines);
        }
    }

    /// <summary>Null where it is gone, or the record is no record.</summary>
    private static ShMemDescription? Read(string[] lines) =>
        lines is [var place, var line, var length] && Place.IsHere(place) && ListedName.TryParse(line, out var name)
        && long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && name.Find() is { } id
            ? new ShMemDescription(id, size) : null;
}
