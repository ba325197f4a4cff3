using System.Runtime.Versioning;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends.Win32;

/// <summary>Segments between real processes of Windows. The peer's commands stand in Shmem.Tests.Peer/Verbs/Segments.cs.</summary>
[Collection(nameof(ProcessWide))]
[SupportedOSPlatform("windows")]
public sealed class Win32TwoProcessTests
{
    private static readonly StdShMemProvider Provider = new();

    [Fact]
    public async Task Two_processes_see_each_others_writes()
    {
        using var segment = Provider.Create(100_003);
        await using var peer = await PeerSession.Start();
        await TwoProcesses.AssertBothWrite(segment, segment.Id, peer);
    }

    [Fact]
    public async Task The_environment_names_a_segment_to_a_child()
    {
        using var segment = Provider.Create(100);
        segment.Span[99] = 9;
        await using var peer = await PeerSession.Start([], start => ShMemEnvironment.Write(segment, start, "SHMEM_TEST_MAP"));
        Assert.Equal($"ok {segment.Id} 100", await peer.Ask($"open-environment SHMEM_TEST_MAP"));
        Assert.Equal("9", await peer.Ask($"read 0 99"));
    }

    // LESSONS: "create, then kill -9 or exit without drop".
    [Fact]
    public async Task A_killed_owner_leaves_nothing_but_the_mappings_of_others()
    {
        await using var owner = await PeerSession.Start();
        var description = await owner.AskForSegment($"create win 8192");
        await owner.Ask($"write 0 8191 5");
        using var opened = Provider.Open(description);
        await owner.Kill();
        Assert.Equal(5, opened.Span[^1]);
        opened.Span[0] = 6;
        Assert.Equal(6, opened.Span[0]);
        AssertNotFound(description);
    }

    [Fact]
    public async Task A_killed_peer_leaves_the_owners_segment_and_its_name()
    {
        using var segment = Provider.Create(100);
        await using var peer = await PeerSession.Start();
        await peer.Ask($"open {segment.Id} 100");
        await peer.Ask($"write 0 1 4");
        await peer.Kill();
        Assert.Equal(4, segment.Span[1]);
        using var again = Provider.Open(segment.Description);
        Assert.Equal(4, again.Span[1]);
    }

    [Fact]
    public async Task A_larger_size_is_refused_to_another_process()
    {
        using var segment = Provider.Create(100);
        await using var peer = await PeerSession.Start();
        Assert.StartsWith("refused TooSmall", await peer.Ask($"open {segment.Id} 101"));
        Assert.Equal($"ok {segment.Id} 99", await peer.Ask($"open {segment.Id} 99"));
    }

    [Fact]
    public async Task A_write_through_a_view_for_reading_ends_the_writer_and_changes_nothing()
    {
        using var segment = Provider.Create(100);
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

    private static void AssertNotFound(ShMemDescription description)
    {
        var refused = Assert.Throws<ShMemException>(() => Provider.Open(description).Dispose());
        Assert.Equal((ShMemError.NotFound, refused.Message), (refused.Error, refused.Message));
    }
}
