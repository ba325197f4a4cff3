using System.Runtime.Versioning;

namespace Shmem.Tests.Backends;

/// <summary>Peers with mounts of their own, and so with a /dev/shm of their own. Needs root.</summary>
[SupportedOSPlatform("linux")]
internal static class OwnShm
{
    /// <summary>An empty one.</summary>
    public const string Empty = "mount -t tmpfs tmpfs /dev/shm";

    /// <param name="mount">The command that makes it.</param>
    /// <param name="wrapper">A command that starts the command which follows it.</param>
    /// <param name="prepare">Changes to the start information, such as its environment.</param>
    public static Task<PeerSession> Start(string mount, string[] wrapper, Action<System.Diagnostics.ProcessStartInfo>? prepare = null)
    {
        Require.Root();
        return PeerSession.Start([Require.Tool("unshare"), "--mount", "sh", "-c", $"{mount} && exec \"$@\"", "sh", .. wrapper], prepare);
    }
}
