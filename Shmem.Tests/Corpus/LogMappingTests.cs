using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Memfd;
using Xunit;

namespace Shmem.Tests.Corpus;

/// <summary>Readers, writers and the recovery let every segment go that they opened, however they end.</summary>
[SupportedOSPlatform("linux")]
[Trait("Needs", "Unix")]
public sealed class LogMappingTests
{
    [Fact]
    public void Nothing_stays_mapped_but_what_the_caller_has()
    {
        var log = new LogFixture(new MemfdShMemProvider());
        var (first, second, third) = (log.First, log.NewSegment(), log.NewSegment());
        using (var writer = CorpusLogWriter.Create(first, 1))
        {
            writer.SetNext(third);
            // It replaces the one that was not begun.
            writer.SetNext(second);
            Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
            Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
            writer.SetNext(log.NewSegment());
        }

        Assert.Throws<ShMemException>(() => log.Writer(0));
        log.Writer(1).Dispose();
        CorpusLog.Recover(first, log.Open);
        using (var reader = log.Reader())
        {
            while (reader.TryRead(out _)) ;
            // The first one's view is a clone, and so of the same mapping.
            AssertMapped(log, 1, 2, 1, 1);
        }

        AssertMapped(log, 1, 1, 1, 1);

        // A link that leads elsewhere, a segment that is damaged.
        second.Ref<int>(LogSegment.SlotOffset) = 7;
        AssertRefused(log);
        second.Ref<int>(LogSegment.SlotOffset) = -1;
        AssertRefused(log);
        second.Ref<int>(LogSegment.SlotOffset) = 1;
        second.Ref<long>(LogSegment.TailOffset) = 4;
        AssertRefused(log);
        AssertMapped(log, 1, 1, 1, 1);
        log.Dispose();
        AssertMapped(log, 0, 0, 0, 0);
    }

    private static void AssertRefused(LogFixture log)
    {
        Assert.Throws<ShMemException>(() => log.ReadAll());
        Assert.Throws<ShMemException>(() => log.Writer(9));
        Assert.Throws<ShMemException>(() => CorpusLog.Recover(log.First, log.Open));
    }

    /// <summary>Mappings of this process by the segments' inodes, so that other tests do not matter.</summary>
    private static void AssertMapped(LogFixture log, params int[] expected)
    {
        var maps = File.ReadAllLines("/proc/self/maps");
        Assert.Equal(expected, log.Segments.Select(segment => segment.Id.Rest.Split('.')[2]).Select(inode => maps.Count(line =>
            line.Contains("memfd:shmem", StringComparison.Ordinal) && line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4] == inode)));
    }
}
