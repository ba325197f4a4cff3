using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.Output;

public sealed class SeedFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Seeds_come_in_the_order_of_their_names_without_hidden_files()
    {
        _folder.Write("b", [2]);
        _folder.Write("a", [1]);
        _folder.Write(".state", [3]);
        _folder.Write("README.txt", [4]);
        var seeds = SeedFolder.Read(_folder.FullPath);
        Assert.Equal(["a", "b"], seeds.Seeds.Select(seed => seed.Name));
        Assert.Equal([1], seeds.Seeds[0].Bytes);
        Assert.Empty(seeds.Warnings);
    }

    [Fact]
    public void A_file_is_one_seed() =>
        Assert.Equal("x", Assert.Single(SeedFolder.Read(_folder.Write("x", [1])).Seeds).Name);

    [Fact]
    public void A_missing_folder_is_refused() =>
        Assert.Equal("no such folder", Assert.Throws<InputException>(() => SeedFolder.Read(_folder["none"])).Why);

    [Fact]
    public void An_empty_folder_is_refused() =>
        Assert.Equal("no file in it", Assert.Throws<InputException>(() => SeedFolder.Read(_folder.FullPath)).Why);

    [Fact]
    public void What_is_too_large_or_empty_is_passed_over_and_named()
    {
        _folder.Write("big", new byte[SeedFolder.MaxLength + 1]);
        _folder.Write("empty", []);
        _folder.Write("most", new byte[SeedFolder.MaxLength]);
        var seeds = SeedFolder.Read(_folder.FullPath);
        Assert.Equal("most", Assert.Single(seeds.Seeds).Name);
        Assert.Equal(2, seeds.Warnings.Count);
        Assert.Contains(_folder["big"], seeds.Warnings[0]);
        Assert.Contains(_folder["empty"], seeds.Warnings[1]);
    }

    [Fact]
    public void Only_files_that_are_too_large_are_refused_by_name()
    {
        _folder.Write("big", new byte[SeedFolder.MaxLength + 1]);
        Assert.Contains("big", Assert.Throws<InputException>(() => SeedFolder.Read(_folder.FullPath)).Why);
    }

    [Fact]
    public void A_link_counts_with_the_length_of_its_target()
    {
        _folder.Write("big", new byte[SeedFolder.MaxLength + 1]);
        Directory.CreateDirectory(_folder["seeds"]);
        File.CreateSymbolicLink(_folder["seeds/link"], _folder["big"]);
        Assert.Throws<InputException>(() => SeedFolder.Read(_folder["seeds"]));
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_refused_by_name()
    {
        _folder.Write("a", [1]);
        File.CreateSymbolicLink(_folder["dangling"], _folder["nowhere"]);
        var error = Assert.Throws<InputException>(() => SeedFolder.Read(_folder.FullPath));
        Assert.Equal((_folder["dangling"], "cannot be read"), (error.What, error.Why));
    }
}
