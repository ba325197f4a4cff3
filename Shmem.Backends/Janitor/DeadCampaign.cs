using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Janitor;

/// <summary>A campaign none of whose processes lives, its lock held exclusively: nobody can join it or sweep it beside us. Disposing lets it go.</summary>
/// <param name="folder">The campaign's folder.</param>
/// <param name="held">Its lock, held exclusively; owned from here on.</param>
[SupportedOSPlatform("linux")]
internal sealed class DeadCampaign(string folder, SafeFileHandle held) : IDisposable
{
    public string Folder => folder;

    /// <summary>Every dead campaign, one after the other. The caller disposes each.</summary>
    public static IEnumerable<DeadCampaign> All(string runtimeFolder)
    {
        var campaigns = CampaignManifest.FolderOfAll(runtimeFolder);
        if (!Directory.Exists(campaigns)) yield break;
        foreach (var folder in Directory.GetDirectories(campaigns))
        {
            if (CampaignLock.TryHold(folder, LibcFile.LOCK_EX) is { } held)
            {
                var place = CampaignLock.PlaceOf(held);
                if (Place.IsHere(place) || Place.IsPast(place)) yield return new DeadCampaign(folder, held);
                else held.Dispose();
            }
            else if (CampaignLock.IsMissing(folder)) RemoveEmpty(folder);
        }
    }

    /// <summary>What its processes listed and did not remove.</summary>
    public IEnumerable<ListedName> Names()
    {
        // Names end with the boot: what bears one now is another's.
        if (!Place.IsHere(CampaignLock.PlaceOf(held))) return [];
        return Directory.GetFiles(folder, CampaignManifest.ListPrefix + "*").SelectMany(CampaignManifest.ReadList);
    }

    /// <summary>Removes its names, then itself.</summary>
    /// <returns>How many segments and sockets were removed.</returns>
    public int Remove()
    {
        var removed = Names().Count(name => name.Remove());
        foreach (var file in Directory.GetFiles(folder))
            if (Path.GetFileName(file) != CampaignLock.FileName) File.Delete(file);
        foreach (var inner in Directory.GetDirectories(folder)) Directory.Delete(inner, recursive: true);
        // The lock last: without it nobody would look into the folder again.
        File.Delete(Path.Combine(folder, CampaignLock.FileName));
        RemoveEmpty(folder);
        return removed;
    }

    public void Dispose() => held.Dispose();

    /// <summary>
    /// A folder without a lock is one that a killed process was making or removing, and empty; or one that is being made this moment, whose maker then makes
    /// another.
    /// </summary>
    private static void RemoveEmpty(string folder)
    {
        try
        {
            Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Gone meanwhile, or not empty: a campaign that appears this moment.
        }
    }
}
