using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Shmem.Backends.Win32;
using Xunit;

namespace Shmem.Tests.Backends.Win32;

/// <summary>Who may open a section. Wine has one user, so what is tested is what the system says of the section, not a refusal.</summary>
[SupportedOSPlatform("windows")]
public sealed partial class Win32AccessTests
{
    /// <summary>DACL_SECURITY_INFORMATION of winnt.h.</summary>
    private const uint Dacl = 4;

    [Fact]
    public void The_system_says_that_a_section_lets_in_the_user_of_this_process_and_nobody_else()
    {
        using var segment = new Win32ShMemProvider().Create(100);
        using var section = MemoryMappedFile.OpenExisting(segment.NativeId, MemoryMappedFileRights.Read | MemoryMappedFileRights.ReadPermissions);
        var said = new byte[4096];
        Assert.True(GetKernelObjectSecurity(section.SafeMemoryMappedFileHandle, Dacl, said, (uint)said.Length, out _), $"Win32 error {Marshal.GetLastPInvokeError()}");
        AssertUserOnly(new RawSecurityDescriptor(said, 0));
    }

    [Fact]
    public void The_descriptor_lets_in_the_user_of_this_process_and_nobody_else()
    {
        var descriptor = new RawSecurityDescriptor(UserOnly.Descriptor.ToArray(), 0);
        AssertUserOnly(descriptor);
        Assert.True(descriptor.ControlFlags.HasFlag(ControlFlags.DiscretionaryAclProtected));
    }

    private static void AssertUserOnly(RawSecurityDescriptor descriptor)
    {
        var rule = Assert.IsType<CommonAce>(Assert.Single(descriptor.DiscretionaryAcl!.Cast<GenericAce>()));
        using var identity = WindowsIdentity.GetCurrent();
        Assert.Equal((AceQualifier.AccessAllowed, identity.User), (rule.AceQualifier, rule.SecurityIdentifier));
    }

    [LibraryImport("advapi32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetKernelObjectSecurity(SafeHandle handle, uint information, [Out] byte[] descriptor, uint length, out uint needed);
}
