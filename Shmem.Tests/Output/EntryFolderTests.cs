using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.Output;

public sealed class EntryFolderTests : IDisposable
{
    private static readonly Provenance s_from = new(null, TimeSpan.Zero, 1, "havoc");
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Numbers_go_on_after_the_highest_present()
    {
        _folder.Write("id:000007,src:000000,time:1,execs:2,op:havoc", [1]);
        _folder.Write("id:000003,time:0,execs:0,orig:x", [1]);
        var saved = new EntryFolder(_folder.FullPath).Save([1, 2, 3], id => EntryName.Native.Plain(id, s_from));
        Assert.Equal(8, saved.Id);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(saved.Path));
        Assert.Equal([3, 7, 8], new EntryFolder(_folder.FullPath).Entries().Select(entry => entry.Id));
    }

    [Fact]
    public void Entries_come_in_the_order_of_their_numbers_beyond_six_digits()
    {
        _folder.Write("id:1000000,a", [1]);
        _folder.Write("id:999999,a", [1]);
        Assert.Equal([999_999, 1_000_000], new EntryFolder(_folder.FullPath).Entries().Select(entry => entry.Id));
    }

    [Fact]
    public void Saves_from_many_threads_get_numbers_of_their_own()
    {
        var entries = new EntryFolder(_folder.FullPath);
        Parallel.For(0, 200, i => entries.Save([(byte)i], id => EntryName.Native.Plain(id, s_from)));
        Assert.Equal(Enumerable.Range(0, 200), entries.Entries().Select(entry => entry.Id));
    }

    [Fact]
    public void A_half_written_file_of_a_killed_fuzzer_is_removed_and_never_counted()
    {
        var left = _folder.Write(WholeFile.TemporaryPrefix + "123-1", [1, 2]);
        var entries = new EntryFolder(_folder.FullPath);
        Assert.False(File.Exists(left));
        Assert.Empty(entries.Entries());
    }

    [Fact]
    public void A_save_that_fails_leaves_no_file()
    {
        var entries = new EntryFolder(_folder.FullPath);
        Assert.ThrowsAny<IOException>(() => entries.Save([1], _ => "no/such/folder"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void A_saved_file_is_never_overwritten()
    {
        var entries = new EntryFolder(_folder.FullPath);
        entries.Save([1], _ => "id:000000");
        Assert.ThrowsAny<IOException>(() => entries.Save([2], _ => "id:000000"));
        Assert.Equal([1], File.ReadAllBytes(_folder["id:000000"]));
    }
}
