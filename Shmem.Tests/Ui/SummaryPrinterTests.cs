using Shmem.Sample.Fuzzer.Ui;
using Xunit;

namespace Shmem.Tests.Ui;

public sealed class SummaryPrinterTests
{
    private static string Print(CampaignSnapshot last, params string[] leftovers)
    {
        using var output = new StringWriter { NewLine = "\n" };
        new SummaryPrinter(output, new Invocation("shmem-fuzz")).Print(last, "/o/out", leftovers);
        return output.ToString();
    }

    [Fact]
    public void Each_finding_has_kind_exception_frame_file_and_the_command_that_replays_it()
    {
        Assert.Equal("""

            N.T.Parse: 9,000,100 executions in 1 min 15 s, 120 of 480 edges (25.0 %), 33 inputs in the corpus.
            1 crash and 1 hang:

              exception: System.FormatException
                at      N.T.Inner(Byte[] data)
                file    /o/out/crashes/id:000000,sig:06
                replay  shmem-fuzz replay /o/out/crashes/id:000000,sig:06

              hang
                at      N.T.Inner(Byte[] data)
                file    /o/out/hangs/id:000000
                replay  shmem-fuzz replay /o/out/hangs/id:000000

            Met again: 7 inputs that end like one above were not saved.
            Not reproduced: 2 cases in /o/out/unreproduced
            Left behind: process 123, which does not end although it was killed. The next `-i -` on this folder ends it.
            Everything is in /o/out

            """, Print(Snapshots.Running, "process 123, which does not end although it was killed"));
    }

    [Fact]
    public void What_nobody_judged_is_told_apart_from_what_did_not_reproduce()
    {
        var some = Print(Snapshots.Running with { Unjudged = 1 });
        Assert.Contains("\nNot reproduced: 1 case in /o/out/unreproduced\n", some, StringComparison.Ordinal);
        Assert.Contains("\nNot judged: 1 case in /o/out/unreproduced", some, StringComparison.Ordinal);

        var all = Print(Snapshots.Running with { Unjudged = 2 });
        Assert.DoesNotContain("Not reproduced", all, StringComparison.Ordinal);
        Assert.Contains("\nNot judged: 2 cases in /o/out/unreproduced", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_found_is_said() => Assert.Contains("No crash and no hang was found.\n", Print(Snapshots.Empty));

    [Fact]
    public void A_message_of_the_target_cannot_steer_the_terminal() =>
        Assert.DoesNotContain('\e', Print(Snapshots.Running with { Findings = [Snapshots.Running.Findings[0] with { Message = "\e[2J\n" }] }));
}
