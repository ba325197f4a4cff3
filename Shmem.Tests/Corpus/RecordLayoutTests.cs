using Shmem.Backends;
using Shmem.Backends.Corpus;
using Xunit;

namespace Shmem.Tests.Corpus;

/// <summary>What is a record and what is not, at the values where the checks turn.</summary>
public sealed unsafe class RecordLayoutTests
{
    private static readonly int Link = ShMemDescription.EncodedSize;

    public static TheoryData<RecordKind, int, int, bool> Lengths => new()
    {
        { RecordKind.Entry, 0, 0, true },
        { RecordKind.Finding, 1, 9, true },
        { RecordKind.Entry, CorpusLog.MostPayload, CorpusLog.MostDetails, true },
        { RecordKind.Entry, CorpusLog.MostPayload + 1, 0, false },
        { RecordKind.Entry, 0, CorpusLog.MostDetails + 1, false },
        { RecordKind.Entry, -1, 0, false },
        { RecordKind.Entry, 0, -1, false },
        { RecordKind.Link, Link, 0, true },
        { RecordKind.Link, Link - 1, 0, false },
        { RecordKind.Link, Link, 1, false },
        { RecordKind.Link, 0, 0, false },
        { 0, 0, 0, false },
        { (RecordKind)99, 0, 0, false },
    };

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_record_is_one_by_its_kind_and_lengths(RecordKind kind, int payload, int details, bool isOne)
    {
        var length = RecordLayout.Size + RecordLayout.Padded(payload) + RecordLayout.Padded(details);
        Assert.Equal(isOne, Read(length, kind, payload, details, length));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(0, 8, true)] // More follows.
    [InlineData(0, -8, false)]
    [InlineData(0, -1, false)]
    [InlineData(8, 8, false)]
    [InlineData(-8, 0, false)]
    public void Its_length_is_that_of_its_parts_and_lies_within_what_there_is(int tooLong, int more, bool isOne)
    {
        var length = RecordLayout.LengthFor(10, 3);
        Assert.Equal(isOne, Read(length + tooLong, RecordKind.Entry, 10, 3, length + more));
    }

    [Fact]
    public void Where_there_is_less_than_a_header_there_is_none() => Assert.False(Read(RecordLayout.Size, RecordKind.Entry, 0, 0, RecordLayout.Size - 1));

    private static bool Read(int length, RecordKind kind, int payload, int details, long available)
    {
        var record = new RecordLayout { Length = length, Kind = (int)kind, PayloadLength = payload, DetailsLength = details };
        var isOne = RecordLayout.TryRead((byte*)&record, available, out var readLength, out var readKind, out var readPayload, out var readDetails);
        if (isOne) Assert.Equal((length, kind, payload, details), (readLength, readKind, readPayload, readDetails));
        return isOne;
    }
}
