using System.Runtime.Versioning;
using System.Security.Principal;

namespace Shmem.Backends.Service.Pipes;

/// <summary>The pipe of a service: <c>\\.\pipe\shmem-&lt;SID&gt;-&lt;service&gt;</c>, so that users' services don't meet.</summary>
[SupportedOSPlatform("windows")]
internal static class PipeName
{
    private static readonly Lazy<string> Prefix = new(() =>
    {
        using var identity = WindowsIdentity.GetCurrent();
        return $"shmem-{identity.User!.Value}-";
    });

    /// <exception cref="ShMemException">The name is none.</exception>
    public static string Of(string service)
    {
        ServiceAddress.CheckName(service);
        return $@"\\.\pipe\{Prefix.Value}{service}";
    }

    /// <summary>The mutex that the service of that name has.</summary>
    public static string MutexOf(string service) => $@"Local\{Prefix.Value}{service}";
}
