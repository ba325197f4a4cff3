using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Memfd;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Segments whose creator's mapping is the only writer ever (F_SEAL_FUTURE_WRITE).</summary>
[Collection(nameof(ProcessWide))]
[SupportedOSPlatform("linux")]
public sealed class MemfdPublishOnceTests
{
    private static readonly ShMemCreateOptions PublishOnce = new() { Kind = ShMemKind.PublishOnce };
    private static readonly MemfdShMemProvider Provider = new();

    [Fact]
    public async Task Its_creator_writes_and_every_other_process_reads()
    {
        using var segment = Provider.Create(100_003, PublishOnce);
        Assert.False(segment.Span.ContainsAnyExcept((byte)0));
        await using var peer = await PeerSession.Start();
        Assert.Equal($"ok {segment.Id} 100003", await peer.Ask($"open {segment.Id} 100003 read"));
        segment.Span[100_002] = 7;
        Assert.Equal("7", await peer.Ask($"read 0 100002"));
        using var clone = segment.Clone();
        clone.Span[100_002] = 8;
        Assert.Equal("8", await peer.Ask($"read 0 100002"));
    }

    [Fact]
    public async Task Whoever_opens_it_for_writing_is_refused_and_told_to_read()
    {
        using var segment = Provider.Create(100, PublishOnce);
        await using var peer = await PeerSession.Start();
        var refusals = new[] { await peer.Ask($"open {segment.Id} 100"), Refusal(() => Provider.Open(segment.Description)) };
        Assert.All(refusals, refusal =>
        {
            Assert.StartsWith("refused Denied", refusal);
            Assert.Contains("published once", refusal);
            Assert.EndsWith("Open it with ShMemAccess.Read.", refusal);
        });
        await peer.Ask($"open {segment.Id} 100 read");
        await peer.Tell($"write 0 1 4");
        Assert.Contains("AccessViolation", await peer.End());
        Assert.Equal(0, segment.Span[1]);
    }

    [Fact]
    public void The_kernel_refuses_what_goes_around_us()
    {
        using var segment = Provider.Create(4096, PublishOnce);
        using var file = LibcFile.OpenAt(LibcFile.AT_FDCWD, $"/proc/self/fd/{Number(segment.Id)}", LibcFile.O_RDWR | LibcFile.O_CLOEXEC);
        Assert.False(file.IsInvalid);
        Assert.ThrowsAny<UnauthorizedAccessException>(() => RandomAccess.Write(file, [1], 0));
        var number = (int)file.DangerousGetHandle();
        Assert.Equal(LibcMemory.MAP_FAILED, LibcMemory.Map(new Descriptor(number), 4096, ShMemAccess.ReadWrite));
        Assert.Equal(-1, LibcFile.Truncate(number, 0));
        Assert.Equal(-1, LibcFile.Truncate(number, 8192));
        Assert.Equal(0, segment.Span[0]);
    }

    [Fact]
    public void A_shared_segment_cannot_be_made_published_once_by_another()
    {
        using var segment = Provider.Create(4096);
        Assert.Equal(-1, LibcFile.Control(Number(segment.Id), LibcFile.F_ADD_SEALS, LibcFile.F_SEAL_FUTURE_WRITE));
        using var same = Provider.Open(segment.Description);
        same.Span[0] = 1;
        Assert.Equal(1, segment.Span[0]);
    }

    [Fact]
    public async Task It_outlives_its_killed_creator_for_its_readers_and_leaves_nothing()
    {
        Provider.Create(1).Dispose();
        var before = Footprint.Take();
        await using var owner = await PeerSession.Start();
        var words = (await owner.Ask($"create memfd 8192 publish-once")).Split(' ');
        await owner.Ask($"write 0 8191 5");
        using (var opened = Provider.Open(new ShMemDescription(ShMemId.Parse(words[1]), 8192), ShMemAccess.Read))
        {
            await owner.Kill();
            Assert.Equal(5, opened.Span[^1]);
        }

        Assert.Equal(before, Footprint.Take());
    }

    [Fact]
    public void Created_and_refused_in_a_loop_it_leaves_nothing()
    {
        Provider.Create(1, PublishOnce).Dispose();
        var before = Footprint.Take();
        for (var i = 0; i < 1000; i++)
        {
            using var segment = Provider.Create(8192, PublishOnce);
            Assert.Throws<ShMemException>(() => Provider.Open(segment.Description));
            Provider.Open(segment.Description, ShMemAccess.Read).Dispose();
        }

        Assert.StartsWith("refused LimitReached", Refusal(() => Provider.Create(1L << 62, PublishOnce)));
        Assert.Equal(before, Footprint.Take());
    }

    [Theory]
    [InlineData("posix")]
    [InlineData("sysv")]
    [InlineData("heap")]
    public void A_backend_that_has_no_such_segments_says_so(string scheme)
    {
        var provider = new StdShMemProvider(scheme);
        Assert.False(provider.Capabilities.PublishOnce);
        var refusal = Refusal(() => provider.Create(100, PublishOnce));
        Assert.StartsWith("refused Unsupported", refusal);
        Assert.Contains($"create {scheme} segment of 100 bytes published once", refusal);
        Assert.True(new StdShMemProvider("memfd").Capabilities.PublishOnce);
    }

    private static int Number(ShMemId id) => int.Parse(id.Rest.Split('.')[1], CultureInfo.InvariantCulture);

    private static string Refusal(Func<ShMem> action)
    {
        var refused = Assert.Throws<ShMemException>(() => action().Dispose());
        return $"refused {refused.Error} {refused.Message}";
    }
}
