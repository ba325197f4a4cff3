using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;

namespace Shmem.Backends.Win32;

/// <summary>The security descriptor that lets only the user of this process in.</summary>
[SupportedOSPlatform("windows")]
internal static class UserOnly
{
    private static readonly Lazy<byte[]> Bytes = new(Make);

    /// <summary>In self-relative form, as the system takes it.</summary>
    public static ReadOnlySpan<byte> Descriptor => Bytes.Value;

    private static byte[] Make()
    {
        using var identity = WindowsIdentity.GetCurrent();
        // Not the owner's rights (OW), which Wine does not honour: the user by name. P: nothing is inherited.
        // Its owner too, which for an administrator is a group otherwise.
        var user = identity.User!.Value;
        var descriptor = new RawSecurityDescriptor($"O:{user}D:P(A;;GA;;;{user})");
        var bytes = new byte[descriptor.BinaryLength];
        descriptor.GetBinaryForm(bytes, 0);
        return bytes;
    }
}
