using Shmem.Sample.Fuzzer.Ui;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Ui;

public sealed class InvocationTests
{
    [Fact]
    public void A_program_on_the_path_is_called_by_its_name() =>
        Assert.Equal("shmem-fuzz", Invocation.Of("/opt/x/shmem-fuzz", "/opt/x/", "/home", $"/bin{Path.PathSeparator}/opt/x").Command);

    [Fact]
    public void A_program_below_the_working_folder_is_called_by_its_relative_path() =>
        Assert.Equal("x/shmem-fuzz", Invocation.Of("/opt/x/shmem-fuzz", "/opt/x/", "/opt", "/bin").Command);

    [Fact]
    public void A_program_in_the_working_folder_is_called_with_a_dot() =>
        Assert.Equal(Path.Combine(".", "shmem-fuzz"), Invocation.Of("/opt/x/shmem-fuzz", "/opt/x/", "/opt/x", "/bin").Command);

    [Fact]
    public void A_program_run_by_the_host_is_called_by_it() =>
        Assert.Equal("dotnet '/opt/my x/shmem-fuzz.dll'", Invocation.Of("/usr/bin/dotnet", "/opt/my x/", "/home", "/bin").Command);

    [Theory]
    [InlineData("shmem-fuzz")]
    [InlineData("dotnet")]
    public void A_program_in_its_projects_output_is_called_by_dotnet_run(string process)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["p/bin/Release/net10.0"]);
        folder.Write("p/Shmem.Sample.Fuzzer.csproj", []);
        Assert.Equal("dotnet run -c Release --project p --",
            Invocation.Of(folder[$"p/bin/Release/net10.0/{process}"], folder["p/bin/Release/net10.0/"], folder.FullPath, "/bin").Command);
    }

    [Theory]
    [InlineData("crashes/id:000000,sig:06,op:havoc", "crashes/id:000000,sig:06,op:havoc")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$HOME", "'$HOME'")]
    [InlineData("", "''")]
    public void Text_is_quoted_only_where_a_shell_needs_it(string text, string quoted)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "other shells there");
        Assert.Equal(quoted, Invocation.Quote(text));
    }
}
