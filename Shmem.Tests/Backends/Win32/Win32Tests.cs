using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Win32;

namespace Shmem.Tests.Backends.Win32;

[SupportedOSPlatform("windows")]
public sealed class Win32Tests : NamedShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new Win32ShMemProvider();
}
