using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>What this process and a peer see of one segment, whatever it is made of.</summary>
internal static class TwoProcesses
{
    /// <summary>The peer opens the segment, and each sees what the other writes.</summary>
    /// <param name="segment">Of 100,003 bytes.</param>
    /// <param name="id">How the peer opens it.</param>
    /// <param name="peer">The peer, which has opened nothing.</param>
    public static async Task AssertBothWrite(ShMem segment, ShMemId id, PeerSession peer)
    {
        Assert.Equal($"ok {id} 100003", await peer.Ask($"open {id} 100003"));
        segment.Span[100_002] = 7;
        Assert.Equal("7", await peer.Ask($"read 0 100002"));
        Assert.Equal("ok", await peer.Ask($"write 0 0 8"));
        Assert.Equal(8, segment.Span[0]);
    }

    /// <summary>The peer opens the segment for reading, and dies when it writes.</summary>
    /// <param name="segment">Of 100 bytes.</param>
    /// <param name="id">How the peer opens it.</param>
    /// <param name="peer">The peer, which has opened nothing.</param>
    public static async Task AssertOnlyReads(ShMem segment, ShMemId id, PeerSession peer)
    {
        segment.Span[1] = 3;
        Assert.Equal($"ok {id} 100", await peer.Ask($"open {id} 100 read"));
        Assert.Equal("3", await peer.Ask($"read 0 1"));
        await peer.Tell($"write 0 1 4");
        Assert.Contains("AccessViolation", await peer.End());
        if (OperatingSystem.IsWindows()) Assert.NotEqual(0, peer.ExitCode);
        else Assert.Equal(134, peer.ExitCode);
        Assert.Equal(3, segment.Span[1]);
    }
}
