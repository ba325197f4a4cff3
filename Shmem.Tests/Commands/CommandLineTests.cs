using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Targets;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingHandlers _handlers = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> Run(params string[] arguments) =>
        CommandLine.Create(_handlers, () => CancellationToken.None).InvokeAsync(arguments, _output, _error);

    [Fact]
    public async Task No_arguments_are_the_demonstration_for_a_minute()
    {
        Assert.Equal(0, await Run());
        Assert.Same(CampaignOptions.Demonstration, _handlers.Asked);
        Assert.Equal(60, CampaignOptions.Demonstration.Seconds);
    }

    [Fact]
    public async Task Every_option_of_fuzz_arrives()
    {
        var assembly = _folder.Write("A.dll", [1]);
        var dictionary = _folder.Write("d.txt", [1]);
        Assert.Equal(0, await Run("fuzz", "-i", _folder["in"], "-o", _folder["out"], "-V", "10", "-E", "5000000000", "-t", "250", "-m", "512", "-x", dictionary,
            "-s", "18446744073709551615", "--workers", "3", "--expect", "FormatException", "--expect", "System.IO.IOException", "--plain",
            "--assembly", assembly, "--method", "N.T.M", "--instrument", "A*.dll", "--instrument", "B.dll", "--stack", "1024", "--guard", "over"));
        Assert.Equivalent(new CampaignOptions
        {
            Seeds = _folder["in"],
            Output = _folder["out"],
            Seconds = 10,
            Executions = 5_000_000_000,
            TimeoutMilliseconds = 250,
            MemoryMegabytes = 512,
            NamesTimeout = true,
            NamesMemory = true,
            Dictionary = dictionary,
            RandomSeed = ulong.MaxValue,
            Workers = 3,
            Expect = ["FormatException", "System.IO.IOException"],
            Plain = true,
            Assembly = assembly,
            Method = "N.T.M",
            Instrument = ["A*.dll", "B.dll"],
            StackKilobytes = 1024,
            Guard = ShMemGuard.After,
        }, _handlers.Asked, strict: true);
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task A_value_may_stick_to_its_short_option_as_in_afl_fuzz()
    {
        Assert.Equal(0, await Run("fuzz", "-t250", "-V10"));
        var asked = Assert.IsType<CampaignOptions>(_handlers.Asked);
        Assert.Equal((250, 10), (asked.TimeoutMilliseconds, asked.Seconds));
    }

    [Fact]
    public async Task Relative_paths_become_absolute_since_replay_may_run_elsewhere()
    {
        Assert.Equal(0, await Run("fuzz", "-i", "in", "-o", "out"));
        var asked = Assert.IsType<CampaignOptions>(_handlers.Asked);
        Assert.Equal((Path.GetFullPath("in"), Path.GetFullPath("out")), (asked.Seeds, asked.Output));
    }

    [Fact]
    public async Task A_dash_goes_on_with_a_campaign()
    {
        Assert.Equal(0, await Run("fuzz", "-i", "-", "-o", "out"));
        var asked = Assert.IsType<CampaignOptions>(_handlers.Asked);
        Assert.True(asked.Resume);
        Assert.Null(asked.Seeds);
    }

    [Fact]
    public async Task Replay_takes_several_files_and_a_target()
    {
        var (one, two) = (_folder.Write("one", [1]), _folder.Write("id:000000,sig:06", [2]));
        _handlers.Answer = ExitCodes.Reproduced;
        Assert.Equal(1, await Run("replay", one, two, "--assembly", one, "--method", "N.T.M", "-t", "100", "--guard", "under"));
        Assert.Equivalent(new ReplayOptions { Files = [one, two], Assembly = one, Method = "N.T.M", TimeoutMilliseconds = 100, Guard = ShMemGuard.Before }, _handlers.Asked, strict: true);
    }

    [Theory]
    [InlineData("worker", "worker")]
    [InlineData("verdict", "verdict")]
    [InlineData("stacks 123 5 20", 123)]
    public async Task The_programs_own_processes_have_commands(string arguments, object asked)
    {
        Assert.Equal(0, await CommandLine.RunAsync(arguments.Split(' '), _handlers, _output, _error));
        Assert.Equal(asked, _handlers.Asked);
    }

    [Theory]
    [InlineData("doctor", false)]
    [InlineData("doctor --clean", true)]
    public async Task Doctor_cleans_only_when_asked(string arguments, bool clean)
    {
        Assert.Equal(0, await Run(arguments.Split(' ')));
        Assert.Equal(new DoctorOptions(clean), _handlers.Asked);
    }

    [Theory]
    [InlineData("fuzz --workers 0", "--workers 0: out of range. Give 1 to 256 workers.")]
    [InlineData("fuzz --workers 257", "--workers 257: out of range. Give 1 to 256 workers.")]
    [InlineData("fuzz --workers -1", "--workers -1: out of range. Give 1 to 256 workers.")]
    [InlineData("fuzz --workers two", "--workers two: not a whole number. Give 1 to 256 workers.")]
    [InlineData("fuzz --workers 1.5", "--workers 1.5: not a whole number. Give 1 to 256 workers.")]
    [InlineData("fuzz --workers 99999999999999999999", "--workers 99999999999999999999: out of range. Give 1 to 256 workers.")]
    [InlineData("fuzz -V 0", "-V 0: out of range. Give 1 to 4000000 seconds.")]
    [InlineData("fuzz -E 0", "-E 0: out of range. Give 1 to 9223372036854775807 executions.")]
    [InlineData("fuzz -t 9", "-t 9: out of range. Give 10 to 600000 milliseconds.")]
    [InlineData("fuzz -t 600001", "-t 600001: out of range. Give 10 to 600000 milliseconds.")]
    [InlineData("fuzz -m 63", "-m 63: out of range. Give 64 to 1048576 MB.")]
    [InlineData("fuzz -s -1", "-s -1: out of range. Give 0 to 18446744073709551615.")]
    [InlineData("fuzz --guard both", "--guard both: not one of its words. Give one of over, under, none.")]
    [InlineData("fuzz --stack 1", "--stack 1: out of range. Give 128 to 1048576 KiB.")]
    [InlineData("fuzz -x /no/such/file", "-x /no/such/file: no such file. Give the path of a file.")]
    [InlineData("fuzz -x /", "-x /: a folder, not a file. Give the path of a file.")]
    [InlineData("fuzz --assembly /no/such.dll --method N.T.M", "--assembly /no/such.dll: no such file. Give the path of a file.")]
    [InlineData("fuzz --method N.T.M", "--method: it needs --assembly. Give --assembly A.dll.")]
    [InlineData("fuzz --plain --json", "--plain --json: they exclude each other. Give one of them.")]
    [InlineData("fuzz -i -", "-i -: it does not say which campaign to go on with. Give its folder with -o.")]
    [InlineData("fuzz -t", "-t: its value is missing. See shmem-fuzz fuzz --help.")]
    [InlineData("fuzz --expect", "--expect: its value is missing. See shmem-fuzz fuzz --help.")]
    [InlineData("fuzz -t 20 -t 30", "-t: given more than once. Give it once.")]
    [InlineData("fuzz --worker 3", "--worker: no such option. Did you mean --workers? See shmem-fuzz fuzz --help.")]
    [InlineData("fuzz --wrokers=3", "--wrokers: no such option. Did you mean --workers? See shmem-fuzz fuzz --help.")]
    [InlineData("fuzz --frobnicate", "--frobnicate: no such option. See shmem-fuzz fuzz --help.")]
    [InlineData("fuzz seeds", "seeds: not expected here. See shmem-fuzz fuzz --help.")]
    [InlineData("fuzz @rsp", "@rsp: not expected here. See shmem-fuzz fuzz --help.")]
    [InlineData("fuz -V 1", "fuz: no such command. Did you mean fuzz? See shmem-fuzz --help.")]
    [InlineData("frobnicate", "frobnicate: no such command. See shmem-fuzz --help.")]
    [InlineData("--plain", "--plain: no such option. See shmem-fuzz --help.")]
    [InlineData("replay", "FILE: missing. See shmem-fuzz replay --help.")]
    [InlineData("replay /no/such/file", "/no/such/file: no such file. Give the path of a file.")]
    [InlineData("doctor --claen", "--claen: no such option. Did you mean --clean? See shmem-fuzz doctor --help.")]
    [InlineData("fuzz -- ./target @@", "-- ./target @@: native AFL++ targets cannot be run yet. Fuzz a .NET method: --assembly A.dll --method Namespace.Type.Method.")]
    public async Task Wrong_input_is_one_line_and_exit_code_2(string arguments, string line)
    {
        Assert.Equal(2, await Run(arguments.Split(' ')));
        Assert.Equal($"shmem-fuzz: {line}\n", _error.ToString().ReplaceLineEndings("\n"));
        Assert.Empty(_output.ToString());
        Assert.Null(_handlers.Asked);
    }

    [Theory]
    [InlineData("M")]
    [InlineData(".M")]
    [InlineData("N.T.")]
    public async Task A_method_needs_a_type(string method)
    {
        Assert.Equal(2, await Run("fuzz", "--assembly", _folder.Write("A.dll", [1]), "--method", method));
        Assert.Contains("no type in it", _error.ToString());
    }

    [Theory]
    [InlineData("-o", "")]
    [InlineData("-x", "")]
    [InlineData("-V", "")]
    [InlineData("-x", "two\nlines\u001b[31m")]
    [InlineData("two\nlines", "--new\nline")]
    public async Task Strange_text_stays_one_line(string option, string value)
    {
        Assert.Equal(2, await Run("fuzz", option, value));
        Assert.Single(_error.ToString(), '\n');
        Assert.DoesNotContain('\e', _error.ToString());
    }

    [Fact]
    public async Task Wrong_input_found_by_a_command_is_exit_code_2()
    {
        _handlers.Failure = new InputException("A.dll", "no method\nN.T.M in it", "Give another.");
        Assert.Equal(2, await Run("fuzz"));
        Assert.Equal("shmem-fuzz: A.dll: no method N.T.M in it. Give another.", _error.ToString().TrimEnd());
    }

    [Fact]
    public async Task A_failure_is_one_line_exit_code_3_and_a_file_with_the_details()
    {
        _handlers.Failure = new InvalidOperationException("no\nluck.");
        Assert.Equal(3, await Run("fuzz"));
        var line = _error.ToString().TrimEnd();
        Assert.StartsWith("shmem-fuzz: failed: InvalidOperationException: no luck. Details in ", line);
        var details = line[(line.LastIndexOf(' ') + 1)..];
        Assert.Contains("System.InvalidOperationException: no", File.ReadAllText(details));
        File.Delete(details);
    }

    // A worker whose broker was killed fails like this, and what it left in the temporary folder nobody would have read.
    [Theory]
    [InlineData("worker")]
    [InlineData("verdict")]
    public async Task A_process_of_the_broker_s_that_fails_says_all_to_it_and_leaves_no_file(string command)
    {
        var pattern = $"shmem-fuzz-{Environment.ProcessId}-*.log";
        var before = Directory.GetFiles(Path.GetTempPath(), pattern);
        _handlers.Failure = new InvalidOperationException("no luck");
        Assert.Equal(3, await CommandLine.RunAsync([command], _handlers, _output, _error));
        Assert.StartsWith("shmem-fuzz: failed: System.InvalidOperationException: no luck", _error.ToString());
        Assert.Contains(" at Shmem.Sample.Fuzzer.Commands.CommandLine.ReportAsync(", _error.ToString());
        Assert.Equal(before, Directory.GetFiles(Path.GetTempPath(), pattern));
    }

    [Fact]
    public async Task A_failure_that_was_logged_names_the_log()
    {
        _handlers.Failure = new InvalidOperationException("no luck");
        FailureReport.LoggedTo(_handlers.Failure, "out/log/shmem.log");
        Assert.Equal(3, await Run("fuzz"));
        Assert.Equal("shmem-fuzz: failed: InvalidOperationException: no luck. Details in out/log/shmem.log", _error.ToString().TrimEnd());
    }

    [Fact]
    public async Task A_command_stopped_without_an_answer_is_exit_code_130()
    {
        _handlers.Failure = new OperationCanceledException();
        Assert.Equal(130, await Run("replay", _folder.Write("one", [1])));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("fuzz --help")]
    [InlineData("replay -h")]
    [InlineData("doctor --help")]
    [InlineData("--version")]
    public async Task Help_and_version_go_to_stdout_and_run_nothing(string arguments)
    {
        Assert.Equal(0, await Run(arguments.Split(' ')));
        Assert.NotEmpty(_output.ToString());
        Assert.DoesNotContain("stacks", _output.ToString());
        Assert.Empty(_error.ToString());
        Assert.Null(_handlers.Asked);
    }

    [Theory]
    [InlineData("fuzz --help")]
    [InlineData("replay --help")]
    public async Task The_stack_that_help_names_is_the_one_that_targets_get(string arguments)
    {
        await Run(arguments.Split(' '));
        Assert.Matches($@"in KiB\s+\(default:\s+{TargetSpec.Parse("/a.dll", "N.T.M", []).StackSize / 1024}\)", _output.ToString());
    }

    [Fact]
    public async Task Version_is_that_of_this_build()
    {
        await Run("--version");
        // A build from a repository adds its commit.
        Assert.Equal(ProductVersion.Text, _output.ToString().Trim().Split('+')[0]);
    }
}
