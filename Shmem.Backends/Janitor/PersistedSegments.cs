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

    /// <summary>Records a segment, and clears its name's entry in the manifest.</summary>
    /// <exception cref="ShMemException">Its name is gone, or there is no room for the record.</exception>
    internal static void Record(in ListedName name, ManifestEntry entry, in ShMemDescription segment)
    {
        if (name.Find() is null) throw Gone(segment);
        var folder = FolderIn(RuntimeFolder.Open().Path);
        RuntimeFolder.Make(folder);
        var random = RandomNumberGenerator.GetHexString(20, lowercase: true);
        // In the campaign's folder, with which it is swept where this process is killed.
        var unborn = Path.Combine(entry.Folder, ".new-" + random);
        var record = Path.Combine(folder, RecordPrefix + random);
        try
        {
            File.WriteAllText(unborn, string.Create(CultureInfo.InvariantCulture, $"{Place.Here}\n{name.Text}\n{segment.Size}\n"));
            File.Move(unborn, record);
        }
        catch (DirectoryNotFoundException)
        {
            // This process has left the campaign meanwhile.
            throw Gone(segment);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(unborn);
            throw CampaignManifest.Unwritable(e);
        }

        // Recorded first: a name that is in no manifest and no record would never be found again.
        if (entry.Clear()) return;
        File.Delete(record);
        throw Gone(segment);
    }

    /// <summary>Removes the records of what is gone.</summary>
    internal static void Tidy(string? runtimeFolder)
    {
        if (runtimeFolder is null) return;
        // No name comes to be a recorded one's again: each tells its bearer from others, so a record that is stale stays so.
        foreach (var (path, lines) in Records(runtimeFolder))
            if (lines is not [var place, ..] || Place.IsPast(place) || (Place.IsHere(place) && Read(lines) is null)) File.Delete(path);
    }

    private static ShMemException Gone(in ShMemDescription segment) => new(ShMemError.NotFound, $"persist {segment.Id}",
        "its name is gone: somebody removed it, or this process, which ends, has let go of its names",
        "Persist it before, or keep its bytes elsewhere: no other process can open it any more.");

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
