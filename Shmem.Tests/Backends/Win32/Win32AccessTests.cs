using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Shmem.Backends.Win32;
using Xunit;

namespace Shmem.Tests.Backends.Win32;

/// <summary>Who may open a section. Wine has one user, so what is tested is what the system says of the section, not a refusal.</summary>
[SupportedOSPlatform("windows")]
public sealed class Win32AccessTests
{
    [Fact]
    public void The_descriptor_lets_in_the_user_of_this_process_and_nobody_else()
    {
        var descriptor = new RawSecurityDescriptor(UserOnly.Descriptor.ToArray(), 0);
        var rule = Assert.IsType<CommonAce>(Assert.Single(descriptor.DiscretionaryAcl!.Cast<GenericAce>()));
        using var identity = WindowsIdentity.GetCurrent();
        Assert.Equal((AceQualifier.AccessAllowed, identity.User), (rule.AceQualifier, rule.SecurityIdentifier));
        Assert.True(descriptor.ControlFlags.HasFlag(ControlFlags.DiscretionaryAclProtected));
    }
}
