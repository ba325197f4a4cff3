using Shmem.Sample.Fuzzer.Ui;
using Spectre.Console;
using Xunit;

namespace Shmem.Tests.Ui;

public sealed class DashboardTests
{
    public static TheoryData<int, int> Sizes => new() { { 1, 1 }, { 10, 3 }, { 40, 10 }, { 71, 24 }, { 72, 18 }, { 72, 17 }, { 80, 24 }, { 80, 17 }, { 120, 40 }, { 300, 100 } };

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_snapshot_fits_every_terminal(int width, int height)
    {
        foreach (var snapshot in new[] { Snapshots.Empty, Snapshots.Running, Snapshots.Full })
        {
            var lines = Draw(snapshot, width, height);
            Assert.True(lines.Length <= height, $"{lines.Length} lines of {height}:\n{string.Join('\n', lines)}");
            Assert.All(lines, line => Assert.True(line.TrimEnd().Length <= width, line));
            Assert.DoesNotContain(lines, line => line.Contains('\e'));
        }
    }

    [Fact]
    public void A_usual_terminal_shows_everything_that_counts()
    {
        var screen = string.Join('\n', Draw(Snapshots.Running, 80, 23));
        foreach (var text in (string[])["N.T.Parse", "dry run", "1 min 15 s", "9.00 M", "150,000", "120 of 480 (25.0 %)", "4242", "starting", "3 s ago", "none yet", "FormatException", "T.Inner", "Hang", "2 did not reproduce"])
            Assert.Contains(text, screen);
    }

    [Fact]
    public void A_small_terminal_shows_the_numbers()
    {
        var screen = string.Join('\n', Draw(Snapshots.Running, 40, 9));
        foreach (var text in (string[])["9.00 M", "crashes 1", "hangs 1", "120/480", "corpus 33"])
            Assert.Contains(text, screen);
    }

    [Theory]
    [InlineData("N.M.Type.Method(Byte[] a, N.B b)", "at Type.Method")]
    [InlineData("N.Type..ctor(N.B b)", "at Type..ctor")]
    [InlineData("Type.Method", "at Type.Method")]
    [InlineData("Method()", "at Method")]
    [InlineData("", "at ")]
    public void A_finding_has_type_and_method_of_its_frame(string frame, string shown)
    {
        var finding = Snapshots.Running.Findings[0] with { Frame = frame };
        Assert.Contains(Draw(Snapshots.Running with { Findings = [finding] }, 80, 23), line => line.TrimEnd() == ("   Exception FormatException " + shown).TrimEnd());
    }

    [Fact]
    public void Workers_without_a_row_are_summed_in_the_last()
    {
        var lines = Draw(Snapshots.Full, 80, 23);
        var rest = Snapshots.Full.Workers.Count - lines.Count(line => line.Contains("[x]"));
        var last = Assert.Single(lines, line => line.Contains("more"));
        Assert.InRange(rest, 200, 255);
        Assert.Equal($"+{rest} more {Quantity.Count(rest * 150_000.0)} {Quantity.Count(rest * 9_000_000.0)}",
            string.Join(' ', last.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
    }

    [Fact]
    public void The_view_leaves_screen_and_cursor_as_they_were()
    {
        using var output = new StringWriter();
        using (var view = new DashboardView(Terminal(output, ColorSystemSupport.TrueColor)))
        {
            view.Show(Snapshots.Running);
            view.Show(Snapshots.Full);
        }
        var text = output.ToString();
        Assert.Contains("\e[?1049h", text);
        AssertLeft(text);
        Assert.True(text.LastIndexOf("\e[?25h", StringComparison.Ordinal) > text.LastIndexOf("\e[?25l", StringComparison.Ordinal));
    }

    [Fact]
    public void A_view_that_was_shown_nothing_ends_at_once()
    {
        using var output = new StringWriter();
        var view = new DashboardView(Terminal(output, ColorSystemSupport.TrueColor));
        view.Dispose();
        Assert.Null(view.Failure);
        AssertLeft(output.ToString());
    }

    [Fact]
    public void A_terminal_that_breaks_does_not_end_the_campaign()
    {
        var view = new DashboardView(Terminal(new BrokenWriter(), ColorSystemSupport.TrueColor));
        view.Show(Snapshots.Running);
        view.Dispose();
        view.Show(Snapshots.Running);
        Assert.IsType<IOException>(view.Failure);
    }

    [Theory]
    [InlineData("1", false)]
    [InlineData(null, true)]
    public void NO_COLOR_is_honoured(string? noColor, bool colours)
    {
        using var output = new StringWriter();
        var console = ProgressView.Terminal(output, noColor, ColorSystemSupport.Standard, AnsiSupport.Yes);
        console.Write(DashboardLayout.Draw(Snapshots.Running, 80, 23));
        Assert.Equal(colours, output.ToString().Contains("\e[32m"));
    }

    /// <summary>The terminal's own screen is back.</summary>
    private static void AssertLeft(string text) =>
        Assert.True(text.LastIndexOf("\e[?1049l", StringComparison.Ordinal) > text.LastIndexOf("\e[?1049h", StringComparison.Ordinal));

    private static string[] Draw(CampaignSnapshot snapshot, int width, int height)
    {
        using var output = new StringWriter();
        var console = Terminal(output, ColorSystemSupport.NoColors, AnsiSupport.No);
        console.Profile.Width = width;
        console.Profile.Height = height + 1;
        console.Write(DashboardLayout.Draw(snapshot, width, height));
        return output.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }

    private static IAnsiConsole Terminal(TextWriter output, ColorSystemSupport colours, AnsiSupport ansi = AnsiSupport.Yes) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), ColorSystem = colours, Ansi = ansi, Interactive = InteractionSupport.No });
}
