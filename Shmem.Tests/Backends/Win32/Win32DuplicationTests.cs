using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Arena;
using Shmem.Backends.Win32;
using Xunit;

namespace Shmem.Tests.Backends.Win32;

/// <summary>Handles of sections without names, in real processes. The peer's commands stand in Shmem.Tests.Peer/Verbs/Segments.cs.</summary>
[Collection(nameof(ProcessWide))]
[SupportedOSPlatform("windows")]
public sealed class Win32DuplicationTests
{
    private static readonly Win32ShMemProvider Provider = new(named: false);

    [Fact]
    public async Task A_handle_that_was_duplicated_into_a_child_opens_there()
    {
        using var segment = Provider.Create(100_003);
        await using var peer = await PeerSession.Start();
        var given = Into(peer, segment);
        Assert.StartsWith($"win:{peer.Pid}.", given.Id.ToString());
        await TwoProcesses.AssertBothWrite(segment, given.Id, peer);
    }

    [Fact]
    public async Task What_a_child_was_given_is_its_own_after_the_parent_let_go()
    {
        var segment = Provider.Create(100);
        segment.Span[0] = 5;
        await using var peer = await PeerSession.Start();
        var given = Into(peer, segment);
        segment.Dispose();
        Assert.StartsWith("refused TooSmall", await peer.Ask($"open {given.Id} 101"));
        Assert.Equal($"ok {given.Id} 100", await peer.Ask($"open {given.Id} 100"));
        Assert.Equal("5", await peer.Ask($"read 0 0"));
        using (var back = Provider.Open(given)) Assert.Equal(5, back.Span[0]);
        Assert.Equal("ok", await peer.Ask($"dispose 0"));
        Assert.StartsWith("refused NotFound", await peer.Ask($"open {given.Id} 100"));
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => Provider.Open(given).Dispose()).Error);
    }

    [Fact]
    public async Task A_child_with_a_handle_for_reading_cannot_write()
    {
        using var segment = Provider.Create(100);
        await using var peer = await PeerSession.Start();
        using var process = Process.GetProcessById(peer.Pid);
        var given = Win32ShMemProvider.DuplicateInto(segment, process, ShMemAccess.Read);
        Assert.StartsWith("refused Denied", await peer.Ask($"open {given.Id} 100"));
        await TwoProcesses.AssertOnlyReads(segment, given.Id, peer);
    }

    [Fact]
    public async Task Another_process_reaches_a_segment_by_the_handle_of_its_owner()
    {
        using var segment = Provider.Create(100);
        await using var peer = await PeerSession.Start([], start => ShMemEnvironment.Write(segment, start, "SHMEM_TEST_MAP"));
        Assert.Equal($"ok {segment.Id} 100", await peer.Ask($"open-environment SHMEM_TEST_MAP"));
        Assert.Equal("ok", await peer.Ask($"write 0 99 8"));
        Assert.Equal(8, segment.Span[99]);
    }

    // LESSONS: "create, then kill -9 or exit without drop".
    [Fact]
    public async Task A_killed_owner_leaves_nothing_but_the_mappings_and_handles_of_others()
    {
        await using var owner = await PeerSession.Start();
        var words = (await owner.Ask($"create-unnamed 8192")).Split(' ');
        Assert.True(words is ["ok", _, "8192"], string.Join(' ', words));
        var description = new ShMemDescription(ShMemId.Parse(words[1], CultureInfo.InvariantCulture), 8192);
        await owner.Ask($"write 0 8191 5");
        using var opened = Provider.Open(description);
        await owner.Kill();
        Assert.Equal(5, opened.Span[^1]);
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => Provider.Open(description).Dispose()).Error);
    }

    [Fact]
    public async Task A_cell_of_an_arena_opens_in_a_child_that_has_another_id_of_the_segment()
    {
        using var segment = Provider.Create(SharedArena.SizeFor(64, 1));
        using var arena = SharedArena.Create(segment, 64);
        var cell = arena.Allocate(64);
        var encoded = new byte[ArenaCell.EncodedSize];
        cell.Write(encoded);
        await using var peer = await PeerSession.Start();
        var given = Into(peer, segment);
        Assert.Equal($"ok {given.Id} {segment.Length}", await peer.Ask($"open {given.Id} {segment.Length}"));
        Assert.Equal("ok", await peer.Ask($"hold 0 {Convert.ToHexString(encoded)}"));
    }

    [Fact]
    public async Task A_process_that_has_ended_is_given_nothing()
    {
        using var segment = Provider.Create(100);
        await using var peer = await PeerSession.Start();
        using var process = Process.GetProcessById(peer.Pid);
        await peer.Kill();
        Assert.Throws<ShMemException>(() => Win32ShMemProvider.DuplicateInto(segment, process));
    }

    [Fact]
    public void Many_one_after_the_other_leave_no_handle()
    {
        using var self = Process.GetCurrentProcess();
        var before = self.HandleCount;
        for (var i = 0; i < 2_000; i++)
        {
            using var segment = Provider.Create(100);
            using var opened = Provider.Open(segment.Description);
            using var own = Provider.Open(Win32ShMemProvider.DuplicateInto(segment, self));
            Assert.Throws<ShMemException>(() => Provider.Open(segment.Description with { Size = 101 }));
        }

        self.Refresh();
        // The runtime opens some for itself; a leak would be thousands.
        Assert.InRange(self.HandleCount, 0, before + 200);
    }

    private static ShMemDescription Into(PeerSession peer, ShMem segment)
    {
        using var process = Process.GetProcessById(peer.Pid);
        return Win32ShMemProvider.DuplicateInto(segment, process);
    }
}
