using System.Runtime.Versioning;
using System.Security.Cryptography;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.SysV;

/// <summary>
/// The key under which this process's segments without a name are born. Marked for removal, two system calls later, they lose it; a process that is killed
/// between these calls leaves a segment that its campaign's manifest knows by the key. Listed once for each process, so creating costs nothing more.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class BirthKey
{
    /// <summary>What stands in the manifest for the nonce of a name.</summary>
    public const ulong Nonce = 0;

    private static string? _campaign;
    private static ManifestEntry? _entry;
    private static int _key;

    /// <summary>To be held from before the segment is created until it is marked: the key names one at a time.</summary>
    public static Lock Gate { get; } = new();

    /// <summary>The key. The caller holds <see cref="Gate"/>.</summary>
    public static int Current()
    {
        try
        {
            if (_campaign != ShMemCampaign.Name) Renew();
            return _key;
        }
        catch (ShMemException)
        {
            // Nowhere to list it. This is the last of the backends to work, and all that is lost is who dies within two calls.
            return LibcSysV.IPC_PRIVATE;
        }
    }

    /// <summary>Another one: the last is taken. The caller holds <see cref="Gate"/>.</summary>
    public static void Renew()
    {
        Forget();
        _key = RandomNumberGenerator.GetInt32(1, int.MaxValue);
        _entry = ShMemCampaign.List(ListedName.SysV(_key, Nonce));
        _campaign = ShMemCampaign.Name;
    }

    /// <summary>The next segment is born under another key. Until then the campaign lists none.</summary>
    public static void Forget()
    {
        lock (Gate)
        {
            _entry?.Clear();
            (_entry, _campaign) = (null, null);
        }
    }
}
