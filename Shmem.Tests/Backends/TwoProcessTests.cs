using System.Runtime.Versioning;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Segments between real processes. The peer's commands stand in Shmem.Tests.Peer/Verbs/Segments.cs.</summary>
[Collection(nameof(ProcessWide))]
[SupportedOSPlatform("linux")]
public sealed class TwoProcessTests
{
    public static TheoryData<string> Shared => new("memfd", "posix", "sysv");

    [Theory]
    [MemberData(nameof(Shared))]
    public async Task Two_processes_see_each_others_writes(string scheme)
    {
        using var segment = new StdShMemProvider(scheme).Create(100_003);
        await using var peer = await PeerSession.Start();
        await TwoProcesses.AssertBothWrite(segment, segment.Id, peer);
    }

    [Theory]
    [MemberData(nameof(Shared))]
    public async Task The_environment_names_a_segment_to_a_child(string scheme)
    {
        using var segment = new StdShMemProvider(scheme).Create(100);
        segment.Span[99] = 9;
        await using var peer = await PeerSession.Start([], start => ShMemEnvironment.Write(segment, start, "SHMEM_TEST_MAP"));
        Assert.Equal($"ok {segment.Id} 100", await peer.Ask($"open-environment SHMEM_TEST_MAP"));
        Assert.Equal("9", await peer.Ask($"read 0 99"));
    }

    [Theory]
    [InlineData("SHMEM_TEST_MAP", "no-id")]
    [InlineData("SHMEM_TEST_MAP", "")]
    [InlineData("SHMEM_TEST_MAP_SIZE", "0")]
    [InlineData("SHMEM_TEST_MAP_SIZE", "-1")]
    [InlineData("SHMEM_TEST_MAP_SIZE", " 100")]
    [InlineData("SHMEM_TEST_MAP_SIZE", "99999999999999999999")]
    [InlineData("SHMEM_TEST_MAP_SERVICE", "../x")]
    public async Task A_malformed_variable_is_refused_by_its_name(string variable, string value)
    {
        using var segment = new StdShMemProvider().Create(100);
        await using var peer = await PeerSession.Start([], start =>
        {
            ShMemEnvironment.Write(segment, start, "SHMEM_TEST_MAP");
            start.Environment[variable] = value;
        });
        var answer = await peer.Ask($"open-environment SHMEM_TEST_MAP");
        Assert.StartsWith("refused Invalid", answer);
        Assert.Contains($"variable {variable}:", answer);
    }

    // LESSONS: "create, then kill -9 or exit without drop: System V segment and /dev/shm file stay".
    [Theory]
    [InlineData("memfd")]
    [InlineData("sysv")]
    public async Task A_killed_owner_leaves_nothing_but_the_mappings_of_others(string scheme)
    {
        var provider = new StdShMemProvider(scheme);
        provider.Create(1).Dispose();
        var before = Footprint.Take();
        await using var owner = await PeerSession.Start();
        var description = await owner.AskForSegment($"create {scheme} 8192");
        await owner.Ask($"write 0 8191 5");
        var opened = provider.Open(description);
        await owner.Kill();
        Assert.Equal(5, opened.Span[^1]);
        opened.Span[0] = 6;
        Assert.Equal(6, opened.Span[0]);
        // While somebody is attached a System V id still names the segment, and nothing else.
        if (scheme == "memfd") AssertNotFound(provider, description);
        opened.Dispose();
        AssertNotFound(provider, description);
        Assert.Equal(before, Footprint.Take());
        Assert.Equal(0, Footprint.SysVOf(owner.Pid));
    }

    [Fact]
    public async Task A_killed_owner_of_a_posix_segment_leaves_its_name_as_the_capabilities_say()
    {
        var provider = new StdShMemProvider("posix");
        Assert.False(provider.Capabilities.CrashClean);
        await using var owner = await PeerSession.Start();
        var description = await owner.AskForSegment($"create posix 100");
        await owner.Ask($"write 0 0 5");
        await owner.Kill();
        var left = "/dev/shm" + description.Id.Rest;
        Assert.True(File.Exists(left));
        using (var opened = provider.Open(description)) Assert.Equal(5, opened.Span[0]);
        File.Delete(left);
        AssertNotFound(provider, description);
    }

    [Fact]
    public async Task A_descriptor_number_means_nothing_in_another_process()
    {
        using var segment = new StdShMemProvider("memfd").Create(100);
        await using var first = await PeerSession.Start();
        await using var second = await PeerSession.Start();
        var theirs = await first.AskForSegment($"create memfd 100");
        var others = await second.AskForSegment($"create memfd 100");
        var parts = theirs.Id.Rest.Split('.');
        AssertNotFound(new StdShMemProvider(), theirs with { Id = ShMemId.Parse($"memfd:{second.Pid}.{parts[1]}.{parts[2]}") });
        AssertNotFound(new StdShMemProvider(), others with { Id = ShMemId.Parse($"memfd:{first.Pid}.{others.Id.Rest.Split('.', 2)[1]}") });
        AssertNotFound(new StdShMemProvider(), theirs with { Id = ShMemId.Parse($"memfd:{Environment.ProcessId}.{parts[1]}.{parts[2]}") });
    }

    // LESSONS: "memfd without CLOEXEC: inherited by every exec'd child".
    [Theory]
    [MemberData(nameof(Shared))]
    public async Task A_child_inherits_no_descriptor(string scheme)
    {
        var provider = new StdShMemProvider(scheme);
        using var segment = provider.Create(100);
        using var opened = provider.Open(segment.Description);
        await using var peer = await PeerSession.Start();
        Assert.Equal("ok 0", await peer.Ask($"descriptors"));
        await peer.Ask($"create memfd 1");
        Assert.Equal("ok 1", await peer.Ask($"descriptors"));
    }

    [Theory]
    [MemberData(nameof(Shared))]
    public async Task A_write_through_a_view_for_reading_ends_the_writer_and_changes_nothing(string scheme)
    {
        using var segment = new StdShMemProvider(scheme).Create(100);
        await using var peer = await PeerSession.Start();
        await TwoProcesses.AssertOnlyReads(segment, segment.Id, peer);
    }

    [Fact]
    public async Task A_heap_segment_does_not_open_in_another_process()
    {
        using var segment = new StdShMemProvider("heap").Create(100);
        await using var peer = await PeerSession.Start();
        Assert.StartsWith("refused NotFound", await peer.Ask($"open {segment.Id} 100"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" read")]
    public async Task A_terminal_is_not_found_and_does_not_become_ours(string access)
    {
        // setsid, so that the peer has no controlling terminal and would be given one.
        await using var peer = await PeerSession.Start([Require.Tool("setsid")]);
        Assert.Equal("ok 0", await peer.Ask($"terminal"));
        await using var terminal = await Terminal.Open();
        Assert.StartsWith("refused NotFound", await peer.Ask($"open memfd:{terminal.Pid}.0.{terminal.Inode} 1{access}"));
        Assert.Equal("ok 0", await peer.Ask($"terminal"));
    }

    private static void AssertNotFound(StdShMemProvider provider, in ShMemDescription description)
    {
        var copy = description;
        var refused = Assert.Throws<ShMemException>(() => provider.Open(copy).Dispose());
        Assert.Equal((ShMemError.NotFound, refused.Message), (refused.Error, refused.Message));
    }
}
