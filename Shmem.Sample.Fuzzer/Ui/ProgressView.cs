using Shmem.Sample.Fuzzer.Output;
using Spectre.Console;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>Chooses how a campaign is shown.</summary>
internal static class ProgressView
{
    /// <summary>What the options ask for; else the dashboard on a terminal that can move its cursor, else lines. The caller disposes it.</summary>
    public static IProgressView Create(CampaignOptions options)
    {
        if (options.Json)
            return new JsonView(Console.Out);
        var canMoveCursor = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not "dumb";
        if (options.Plain || !canMoveCursor)
            return new PlainView(Console.Out);
        var console = Terminal(Console.Out, Environment.GetEnvironmentVariable("NO_COLOR"));
        return console.Profile.Capabilities.AlternateBuffer ? new DashboardView(console) : new PlainView(Console.Out);
    }

    /// <summary>
    /// A console on <paramref name="output"/>, which has those colours and ANSI where it is known that it does; no colours when <paramref name="noColor"/> is set to anything
    /// (https://no-color.org).
    /// </summary>
    internal static IAnsiConsole Terminal(TextWriter output, string? noColor, ColorSystemSupport colours = ColorSystemSupport.Detect, AnsiSupport ansi = AnsiSupport.Detect) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(output),
        Ansi = ansi,
        ColorSystem = string.IsNullOrEmpty(noColor) ? colours : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
    });
}
