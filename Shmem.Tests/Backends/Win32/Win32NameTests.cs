using System.IO.MemoryMappedFiles;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Win32;
using Xunit;

namespace Shmem.Tests.Backends.Win32;

/// <summary>Names of sections: those that we give, those that are taken, and those that others gave.</summary>
[SupportedOSPlatform("windows")]
public sealed class Win32NameTests
{
    private static readonly Win32ShMemProvider Provider = new();

    private readonly string _name = $@"Local\test-{Guid.NewGuid():N}";

    private ShMemId Id => ShMemId.Parse($"win:{_name}");

    // LESSONS: "names cut to 18 bytes: long pids leave few random digits, collisions".
    [Fact]
    public void A_name_has_a_whole_guid_and_the_size()
    {
        using var segment = Provider.Create(100_003);
        Assert.Matches(@"^Local\\shmem-[0-9a-f]{32}-186a3$", segment.NativeId);
    }

    // LESSONS: "Win32: … ERROR_ALREADY_EXISTS ignored".
    [Fact]
    public void A_name_that_is_taken_by_a_section_is_refused()
    {
        using var first = Win32ShMemProvider.CreateSection(_name, 100);
        first.Span[0] = 1;
        var refused = Assert.Throws<ShMemException>(() => Win32ShMemProvider.CreateSection(_name, 100).Dispose());
        Assert.Equal(Win32Error.ALREADY_EXISTS, refused.Errno);
        Assert.Contains("CreateFileMappingW", refused.Message);
        Assert.Contains("Win32 error 183", refused.Message);
        Assert.Equal(1, first.Span[0]);
        using var again = Provider.Open(first.Description);
    }

    [Fact]
    public void A_name_that_is_taken_by_something_else_is_refused_and_not_opened()
    {
        using var mutex = new Mutex(initiallyOwned: false, _name);
        Assert.Throws<ShMemException>(() => Win32ShMemProvider.CreateSection(_name, 100).Dispose());
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => Provider.Open(new ShMemDescription(Id, 1)).Dispose()).Error);
    }

    [Fact]
    public void A_name_is_free_again_when_its_owner_is_gone_though_others_have_views()
    {
        var first = Win32ShMemProvider.CreateSection(_name, 100);
        using var view = Provider.Open(first.Description);
        first.Dispose();
        using var second = Win32ShMemProvider.CreateSection(_name, 100);
        view.Span[0] = 1;
        Assert.Equal(0, second.Span[0]);
    }

    [Fact]
    public void The_section_of_another_program_opens_up_to_its_last_page()
    {
        using var foreign = MemoryMappedFile.CreateNew(_name, 5000);
        using var view = Provider.Open(new ShMemDescription(Id, 8192));
        using var writer = foreign.CreateViewAccessor();
        writer.Write(4999, (byte)7);
        Assert.Equal(7, view.Span[4999]);
        var refused = Assert.Throws<ShMemException>(() => Provider.Open(new ShMemDescription(Id, 8193)).Dispose());
        Assert.Equal(ShMemError.TooSmall, refused.Error);
        Assert.Contains("real size is 8192 bytes", refused.Message);
    }

    // LESSONS: "declared size is trusted on attach".
    [Fact]
    public void A_name_that_promises_more_than_the_section_has_is_refused_by_the_real_size()
    {
        var name = $@"Local\shmem-{Guid.NewGuid():N}-10000";
        using var shorter = MemoryMappedFile.CreateNew(name, 4096);
        var refused = Assert.Throws<ShMemException>(() => Provider.Open(new ShMemDescription(ShMemId.Parse($"win:{name}"), 65_536)).Dispose());
        Assert.Equal(ShMemError.TooSmall, refused.Error);
        Assert.Contains("real size is 4096 bytes", refused.Message);
    }

    [Fact]
    public void Pages_that_another_program_only_reserved_are_none()
    {
        using var foreign = MemoryMappedFile.CreateNew(_name, 65_536, MemoryMappedFileAccess.ReadWrite,
            MemoryMappedFileOptions.DelayAllocatePages, HandleInheritability.None);
        Assert.Equal(ShMemError.TooSmall, Assert.Throws<ShMemException>(() => Provider.Open(new ShMemDescription(Id, 1)).Dispose()).Error);
    }

    [Fact]
    public void A_section_that_may_only_be_read_is_denied_to_a_writer()
    {
        var file = Path.GetTempFileName();
        File.WriteAllBytes(file, new byte[4096]);
        using (var stream = File.OpenRead(file))
        using (MemoryMappedFile.CreateFromFile(stream, _name, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true))
        {
            var description = new ShMemDescription(Id, 4096);
            using var reader = Provider.Open(description, ShMemAccess.Read);
            Assert.Equal(ShMemError.Denied, Assert.Throws<ShMemException>(() => Provider.Open(description).Dispose()).Error);
        }

        File.Delete(file);
    }

    [Theory]
    [InlineData(@"Local\")]
    [InlineData(@"Local\a\b")]
    [InlineData(@"local\x")]
    [InlineData(@"Global\x")]
    [InlineData(@"Session\1\x")]
    public void A_name_outside_the_session_is_not_ours(string rest) => Assert.Equal(ShMemError.NotFound,
        Assert.Throws<ShMemException>(() => Provider.Open(new ShMemDescription(ShMemId.Parse($"win:{rest}"), 1)).Dispose()).Error);
}
