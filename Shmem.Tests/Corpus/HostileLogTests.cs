using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Corpus;

/// <summary>Whatever another process writes into a log, its readers end with what is whole or with a <see cref="ShMemException"/>.</summary>
public sealed class HostileLogTests
{
    private const int Records = 12;

    [Property(MaxTest = 3000)]
    public void No_value_of_any_word_crashes_a_reader_or_makes_it_loop(int place, long value, int form, bool second)
    {
        using var log = TwoSegments();
        var target = second ? log.Last : log.First;
        // Half of the places are in the header, the others anywhere.
        var offset = (place & 1) == 0 ? (place >>> 1) % (LogSegment.HeaderSize / 4) * 4 : (place >>> 1) % (int)(target.Length / 4) * 4;
        var small = (int)(value % 5000);
        target.Ref<int>(offset) = (form & 3) switch { 0 => small, 1 => small & -8, 2 => (int)value, _ => int.MaxValue - small % 70 };
        ReadEverything(log);
    }

    [Property(MaxTest = 500)]
    public void Random_bytes_crash_no_reader(int seed, bool keepHeader)
    {
        using var log = TwoSegments();
        var random = new Random(seed);
        random.NextBytes(log.First.Span[(keepHeader ? LogSegment.HeaderSize : 0)..]);
        ReadEverything(log);
    }

    /// <summary>Every field of a record, at the values where comparisons turn.</summary>
    [Fact]
    public void No_boundary_value_of_a_record_field_crashes_a_reader()
    {
        int[] values = [int.MinValue, -8, -1, 0, 1, 7, 8, 56, 63, 64, 65, 72, 4095, 4096, 4097, CorpusLog.MostPayload, CorpusLog.MostPayload + 1, int.MaxValue - 7, int.MaxValue];
        for (var field = 0; field < RecordLayout.Size; field += 4)
        {
            foreach (var value in values)
            {
                using var log = TwoSegments();
                log.First.Ref<int>(LogSegment.HeaderSize + field) = value;
                ReadEverything(log);
            }
        }
    }

    [Fact]
    public void A_link_to_its_own_or_an_earlier_segment_is_refused()
    {
        using var log = TwoSegments();
        using (var reader = log.Reader())
            while (reader.TryRead(out _) && reader.Segment == 0);
        var encoded = new byte[ShMemDescription.EncodedSize];
        log.Last.Description.Write(encoded);
        var at = log.First.Span.IndexOf(encoded);
        Assert.True(at > 0);
        log.First.Description.Write(log.First.Span[at..]);
        using var misled = log.Reader();
        var error = Assert.Throws<ShMemException>(() =>
        {
            while (misled.TryRead(out _)) ;
        });
        Assert.Equal(ShMemError.Invalid, error.Error);
        Assert.Throws<ShMemException>(() => CorpusLog.Recover(log.First, log.Open));
    }

    [Fact]
    public void A_tail_that_moves_back_is_refused()
    {
        using var log = TwoSegments();
        using var reader = log.Reader();
        Assert.True(reader.TryRead(out _) && reader.TryRead(out _));
        log.First.Ref<long>(LogSegment.TailOffset) = LogSegment.HeaderSize;
        Assert.Throws<ShMemException>(() => reader.TryRead(out _));
    }

    [Fact]
    public void A_record_that_was_read_keeps_its_length_whatever_happens_to_the_log()
    {
        using var log = TwoSegments();
        using var reader = log.Reader();
        Assert.True(reader.TryRead(out var record));
        var length = record.Payload.Length;
        log.First.Span[LogSegment.HeaderSize..].Fill(0x7F);
        Assert.Equal(length, record.Payload.Length);
        Assert.Equal(length, record.Payload.ToArray().Length);
    }

    private static LogFixture TwoSegments()
    {
        var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 0);
        writer.SetNext(log.NewSegment());
        for (var i = 0; i < Records; i++) Assert.True(writer.Append(i % 3 == 2 ? RecordKind.Finding : RecordKind.Entry, new byte[400 + i], new byte[i], default));
        return log;
    }

    private static void ReadEverything(LogFixture log)
    {
        var read = 0;
        try
        {
            using var reader = log.Reader();
            while (reader.TryRead(out var record))
            {
                Assert.True(++read <= 2 * CorpusLog.SmallestSegment / RecordLayout.Size, "The reader gave more records than the segments can hold.");
                _ = record.Payload.ToArray().Length + record.Details.ToArray().Length + record.Info.Edges;
                record.MarkPersisted();
            }
        }
        catch (ShMemException)
        {
            // The answer to damage.
        }

        try
        {
            CorpusLog.Recover(log.First, log.Open);
            log.Writer(100).Dispose();
        }
        catch (ShMemException)
        {
            // The answer to damage.
        }
    }
}
