using System.Text;
using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Targets;
using Xunit;

namespace Shmem.Tests.Findings;

/// <summary>Text that no runtime wrote, and forms of it that are hard to provoke.</summary>
public sealed class DeathParserTests
{
    private static readonly ProcessEnd _aborted = new(134);

    // What makes a text interesting to the parser.
    private static readonly string[] _words =
    [
        "Unhandled exception. ", "Stack overflow.\n", "Repeated 99999999999999 times:\n", "Repeated 3 times:\n", "--------------------------------\n",
        "   at ", "A.B.C(", ")\n", " in /x.cs:line ", "12\n", " ---> ", "   --- End of inner exception stack trace ---\n", "Fatal error.\n",
        "System.AccessViolationException: ", "Process terminated.\n", "Out of memory.", "<", ">", "[", "]", "+", "..ctor", "<<M>b__0>d", ".", "\n", "\r", "\0", "\ud800",
    ];

    [Property]
    public bool Any_bytes_give_a_report(byte[] bytes) => IsSound(DeathParser.Parse(_aborted, Encoding.UTF8.GetString(bytes), TargetTypeNames.None));

    [Property(MaxTest = 500)]
    public bool Any_sequence_of_the_runtimes_words_gives_a_report(byte[] choice, int exitCode)
    {
        var text = string.Concat(choice.Select(b => _words[b % _words.Length]));
        return IsSound(DeathParser.Parse(_aborted, text, TargetTypeNames.None))
            && IsSound(DeathParser.Parse(_aborted, "Stack overflow.\n" + text, TargetTypeNames.None))
            && IsSound(DeathParser.Parse(new ProcessEnd(exitCode), text, TargetTypeNames.None));
    }

    [Theory]
    [InlineData("   at A.B()\n")]
    [InlineData("   at <<<<<<<<<<<<(\n")]
    [InlineData("Stack overflow.\n")]
    [InlineData("Unhandled exception. ")]
    [InlineData(" ---> System.AggregateException: x\n")]
    [InlineData("[")]
    [InlineData("\n")]
    public void A_text_of_any_size_takes_bounded_work(string part)
    {
        var text = "Stack overflow.\n" + string.Concat(Enumerable.Repeat(part, 4 * 1024 * 1024 / part.Length));

        var death = DeathParser.Parse(_aborted, text, TargetTypeNames.None);

        Assert.True(IsSound(death));
    }

    [Theory]
    [InlineData("Process terminated. Assertion failed.\n   at A.B.C()\n", FindingKind.FailFast, "Assertion failed.", "fail-fast A.B.C")]
    [InlineData("Fatal error. Internal CLR error. (0x80131506)\n   at A.B.C()\n", FindingKind.FailFast, "Internal CLR error. (0x80131506)", "fail-fast A.B.C")]
    [InlineData("Fatal error.\nInternal CLR error. (0x80131506)\n", FindingKind.FailFast, "Internal CLR error. (0x80131506)", "fail-fast")]
    [InlineData("Unhandled exception. System.FormatException\n", FindingKind.UnhandledException, "", "exception")]
    public void Forms_that_were_not_provoked_are_read_too(string text, object kind, string message, string key)
    {
        var death = DeathParser.Parse(_aborted, text, TargetTypeNames.None);

        Assert.Equal(kind, death.Kind);
        Assert.Equal(message, death.Message);
        Assert.Equal(key, FindingKey.Of(death).Text);
    }

    [Fact]
    public void A_missing_dependency_is_the_same_on_another_thread_as_where_it_is_caught()
    {
        var missing = new MissingDependencyException("Lib, Version=1.0.0.0", "/bin");
        var text = $"Unhandled exception. {new FileNotFoundException("Could not load file or assembly 'Lib'.", "Lib", missing)}\n   at A.B.C()\n";

        var death = Finding.From(DeathParser.Parse(_aborted, text, TargetTypeNames.None), new FindingSource(0, 0, 0));
        var caught = Finding.From(missing, TargetTypeNames.None, new FindingSource(0, 0, 0));

        Assert.Equal(FindingKind.MissingDependency, death.Kind);
        Assert.Equal((caught.Kind, caught.Key, caught.Message), (death.Kind, death.Key, death.Message));
        Assert.Contains("Lib, Version=1.0.0.0, which is not in /bin", death.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Exception named by --expect.\nUnhandled exception. System.FormatException: no\n", true)]
    [InlineData("of the target\nException named by --expect.\nmore of it\nUnhandled exception. System.FormatException: no\n", true)]
    [InlineData("Unhandled exception. System.FormatException: no\nException named by --expect.\n", false)]
    [InlineData("of the target: Exception named by --expect.\nUnhandled exception. System.FormatException: no\n", false)]
    [InlineData("Exception named by --expect.\nStack overflow.\n", false)]
    public void Only_an_exception_is_expected_and_where_the_words_say_so_before_it(string text, bool isExpected) =>
        Assert.Equal(isExpected, DeathParser.Parse(_aborted, text, TargetTypeNames.None).IsExpected);

    [Fact]
    public void Words_of_the_runtime_mean_nothing_in_a_process_that_exited() =>
        Assert.Equal(FindingKind.Exit, DeathParser.Parse(new ProcessEnd(3), "Stack overflow.\n   at A.B()\n", TargetTypeNames.None).Kind);

    [Theory]
    [InlineData("Lib.First.End")]
    [InlineData("Lib.Second.End")]
    public void Of_two_places_that_exit_with_the_same_code_each_is_a_finding(string place) =>
        Assert.Equal($"exit 3 {place}", FindingKey.Of(DeathParser.Parse(new ProcessEnd(3),
            $"Process exit.\nof the target\n\nProcess exit.\n   at Shmem.Sample.Fuzzer.Findings.ExitWords.Say()\n"
            + $"   at Shmem.Sample.Fuzzer.Instrumentation.Trace.Exit(Int32 exitCode)\n   at {place}(Int32 code) in /lib/End.cs:line 7\n",
            TargetTypeNames.None)).Text);

    [Theory]
    [InlineData(3, "Process exit.\n   at Lib.Die(Int32 code)\n", "exit 3 Lib.Die")]
    [InlineData(4, "Process exit.\n   at Lib.Die(Int32 code)\n", "exit 4 Lib.Die")]
    [InlineData(134, "Process exit.\n   at Lib.Die(Int32 code)\n", "exit 134 Lib.Die")]
    [InlineData(137, "Process exit.\n   at Lib.Die(Int32 code)\n", "exit 137 Lib.Die")]
    [InlineData(137, "", "signal 9")]
    [InlineData(134, "Process exit.\n   at Lib.Die(Int32 code)\nProcess terminated.\ngone\n   at Lib.Fail()\n", "fail-fast Lib.Fail")]
    public void An_exit_is_told_by_its_words_whatever_its_code(int code, string text, string key) =>
        Assert.Equal(key, FindingKey.Of(DeathParser.Parse(new ProcessEnd(code), text, TargetTypeNames.None)).Text);

    [Theory]
    [InlineData(0xC0000602)] // STATUS_FAIL_FAST_EXCEPTION
    [InlineData(0xC0000005)] // STATUS_ACCESS_VIOLATION
    [InlineData(0xC00000FD)] // STATUS_STACK_OVERFLOW
    [InlineData(0xE0434352)] // EXCEPTION_COMPLUS, an exception that nobody caught
    [InlineData(0x80131623)] // COR_E_FAILFAST
    public void A_code_of_Windows_for_a_fatal_error_lets_the_runtimes_words_tell_which(uint code)
    {
        var end = new ProcessEnd((int)code);

        Assert.Equal(FindingKind.StackOverflow, DeathParser.Parse(end, "Stack overflow.\n   at A.B()\n", TargetTypeNames.None).Kind);
        Assert.Equal(FindingKind.Signal, DeathParser.Parse(end, "", TargetTypeNames.None).Kind);
        Assert.Equal($"signal 0x{code:X8}", FindingKey.Of(DeathParser.Parse(end, "", TargetTypeNames.None)).Text);
    }

    private static bool IsSound(DeathReport death) =>
        Enum.IsDefined(death.Kind)
        && death.Frames.Count <= DeathParser.MaxFrames
        && (death.Message?.Length ?? 0) <= FirstLine.MaxMessage
        && FindingKey.FromText(FindingKey.Of(death).Text) is not null
        && Finding.FromJson(Finding.From(death, new FindingSource(1, 2, 3)).ToJson()) is not null;
}
