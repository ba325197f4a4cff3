using FsCheck;
using FsCheck.Xunit;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

public sealed class ShMemNameTests
{
    /// <summary>As <c>printf '%s' /var/lib/x | sha256sum | cut -c1-64 | xxd -r -p | base32</c> says, in lower case.</summary>
    [Fact]
    [Trait("Needs", "Unix")]
    public async Task The_name_of_a_file_is_that_of_its_full_paths_hash()
    {
        var shell = Require.Tool("sh");
        Require.Tool("openssl");
        Require.Tool("base32");
        var expected = (await Tool.Run(shell, "-c", "printf %s /var/lib/größe | openssl dgst -sha256 -binary | base32 | tr A-Z a-z | cut -c1-26")).Trim();
        Assert.Equal(26, expected.Length);
        Assert.Equal($"f-{expected}", ShMemName.OfFile("/var/lib/größe"));
        Assert.Equal($"f-{expected}", ShMemName.OfFile("/var/lib/../lib/./größe"));
    }

    [Fact]
    public void A_relative_path_is_that_of_the_current_folder() =>
        Assert.Equal(ShMemName.OfFile(Path.Combine(Environment.CurrentDirectory, "x")), ShMemName.OfFile("x"));

    [Property]
    public void The_name_of_any_path_is_a_name_and_another_paths_is_another(NonEmptyString one, NonEmptyString other)
    {
        if (one.Get.Contains('\0') || other.Get.Contains('\0')) return;
        var (first, second) = (ShMemName.OfFile("/x" + one.Get), ShMemName.OfFile("/x" + other.Get));
        Assert.Matches("^f-[a-z2-7]{26}$", first);
        Assert.True(ShMemName.IsValid(first));
        Assert.Equal(Path.GetFullPath("/x" + one.Get) == Path.GetFullPath("/x" + other.Get), first == second);
    }

    [Fact]
    public void A_path_that_is_none_is_refused()
    {
        Assert.Throws<ArgumentException>(() => ShMemName.OfFile(""));
        Assert.Throws<ArgumentException>(() => ShMemName.OfFile("a\0b"));
    }

    [Fact]
    public void The_longest_name_is_granted() => Assert.True(ShMemName.IsValid(new string('x', ShMemName.Longest)));
}
