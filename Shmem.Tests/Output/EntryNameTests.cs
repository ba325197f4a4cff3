using System.Text;
using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.Output;

public sealed class EntryNameTests
{
    private static readonly EntryName s_unix = new(':');
    private static readonly EntryName s_windows = new('_');

    private static readonly Provenance s_havoc = new(12, TimeSpan.FromMilliseconds(1234), 5678, "havoc");

    [Fact]
    public void A_crash_is_named_as_afl_fuzz_names_it() =>
        Assert.Equal("id:000000,sig:06,src:000012,time:1234,execs:5678,op:havoc", s_unix.Crash(0, 6, s_havoc));

    [Fact]
    public void A_hang_has_no_signal() =>
        Assert.Equal("id:000002,src:000012,time:1234,execs:5678,op:havoc", s_unix.Plain(2, s_havoc));

    [Fact]
    public void Names_for_Windows_have_no_colon() =>
        Assert.Equal("id_000000,sig_06,src_000012,time_1234,execs_5678,op_havoc", s_windows.Crash(0, 6, s_havoc));

    [Fact]
    public void A_seed_keeps_its_name_where_that_is_safe() =>
        Assert.Equal("id:000000,time:0,execs:0,orig:a_b_c_.._d.png", s_unix.Seed(0, "a b,c/..:d.png"));

    [Property]
    public void Any_seed_name_becomes_one_file_name_of_at_most_255_bytes(string? original, ushort id)
    {
        foreach (var names in (EntryName[])[s_unix, s_windows])
        {
            var name = names.Seed(id, original + new string('x', 300));
            Assert.True(Encoding.UTF8.GetByteCount(name) <= EntryName.MaxLength);
            Assert.DoesNotContain(name, c => c is '/' or '\\' or '\0' or > '~' or < ' ');
            Assert.True(EntryName.TryParseId(name, out var parsed));
            Assert.Equal(id, parsed);
        }
    }

    [Theory]
    [InlineData("id:000042", 42)]
    [InlineData("id_1234567,src_1", 1234567)]
    public void The_number_is_read_from_either_spelling(string name, int id)
    {
        Assert.True(EntryName.TryParseId(name, out var parsed));
        Assert.Equal(id, parsed);
    }

    [Theory]
    [InlineData("README.txt")]
    [InlineData("id:")]
    [InlineData("id:-1,src:0")]
    [InlineData("id:99999999999")]
    [InlineData(".tmp-1-2")]
    public void What_is_no_entry_has_no_number(string name) => Assert.False(EntryName.TryParseId(name, out _));
}
