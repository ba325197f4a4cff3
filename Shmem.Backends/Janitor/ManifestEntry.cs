using System.Runtime.Versioning;

namespace Shmem.Backends.Janitor;

/// <summary>A name's place in a manifest. It belongs to whoever owns the name, who clears it once.</summary>
[SupportedOSPlatform("linux")]
internal readonly struct ManifestEntry(CampaignManifest manifest, int record)
{
    /// <summary>The campaign's folder, which is gone when its last process has left or is swept.</summary>
    public string Folder => manifest.Folder;

    /// <summary>The name is gone, or need not be removed any more.</summary>
    /// <returns>False where the process has left the campaign, which removes what it listed.</returns>
    public bool Clear() => manifest.Clear(record);
}
