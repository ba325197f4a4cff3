namespace Shmem.Backends.Janitor;

/// <content>What tests need beside it.</content>
internal sealed partial class CampaignManifest
{
    /// <summary>What the operating system does for a process that is killed: it closes the descriptors, and removes nothing.</summary>
    internal void Die()
    {
        lock (_gate) _left = true;
        _list.Dispose();
        _lock.Dispose();
    }
}
