using Shmem.Actors.Workers;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class VerdictTests
{
    private const string OurWords = "shmem-fuzz: failed: System.IO.IOException: no such file";

    [Theory]
    [InlineData(3, OurWords + "\n", true)]
    [InlineData(3, "of the target\n" + OurWords + "\n", true)]
    // A native exit(3) has no words, and the target may print what it likes.
    [InlineData(3, "", false)]
    [InlineData(3, OurWords + "\n\nProcess exit.\n   at Lib.Die(Int32 code)\n", false)]
    [InlineData(3, "of the target: " + OurWords + "\n", false)]
    [InlineData(7, OurWords + "\n", false)]
    public void A_failure_of_our_own_program_is_told_from_an_exit_of_the_target(int code, string stderr, bool isOurs)
    {
        var verdict = Ended(code, stderr);

        Assert.Equal(isOurs ? OurWords : null, verdict.Failure);
        if (isOurs) Assert.Contains(OurWords, Assert.Throws<InvalidOperationException>(() => verdict.ThrowIfItCannotStart("N.T.M")).Message, StringComparison.Ordinal);
        else verdict.ThrowIfItCannotStart("N.T.M");
    }

    // A target's thread cannot keep it from that.
    [Fact]
    public void A_process_of_ours_that_has_failed_may_have_killed_itself() =>
        Assert.Equal(OurWords, Ended(OperatingSystem.IsWindows() ? -1 : 137, OurWords + "\n").Failure);

    // A segment that is refused, say, before the target is loaded.
    [Fact]
    public void A_failure_of_our_own_before_the_first_execution_is_not_the_targets()
    {
        var failed = Assert.Throws<InvalidOperationException>(() => Ended(3, OurWords + "\n", hasRun: false).ThrowIfItCannotStart("N.T.M"));
        Assert.Contains(OurWords, failed.Message, StringComparison.Ordinal);
        var wrong = Assert.Throws<InputException>(() => Ended(3, "no\n", hasRun: false).ThrowIfItCannotStart("N.T.M"));
        Assert.Contains("N.T.M", wrong.Message, StringComparison.Ordinal);
    }

    private static Verdict Ended(int code, string stderr, bool hasRun = true) => new()
    {
        Answers = [], Longest = default, Exit = new WorkerExit(code, WorkerExitCause.Own, null, stderr), Fatal = 0, HasRun = hasRun,
    };
}
