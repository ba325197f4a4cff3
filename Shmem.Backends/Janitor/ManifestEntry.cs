using System.Runtime.Versioning;

namespace Shmem.Backends.Janitor;

/// <summary>A name's place in a manifest. It belongs to whoever owns the name, who clears it once.</summary>
[SupportedOSPlatform("linux")]
internal readonly struct ManifestEntry(CampaignManifest manifest, int record)
{
    /// <summary>The name is gone, or need not be removed any more.</summary>
    public void Clear() => manifest.Clear(record);
}
