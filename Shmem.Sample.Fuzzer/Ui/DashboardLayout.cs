using System.Globalization;
using Shmem.Sample.Fuzzer.Output;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>Draws one frame of the dashboard for a terminal of any size: what does not fit is left out, the least important first.</summary>
internal static class DashboardLayout
{
    private const int MinBoxedWidth = 72;
    private const int MinBoxedHeight = 18;
    // Rows of a boxed frame beside those of workers and findings: title 1, numbers 7, workers' frame and head 3, findings' frame and head 3.
    private const int FixedRows = 14;

    // Together with a blank on both sides of each: MinBoxedWidth.
    private static readonly (string Head, int Width)[] s_workerColumns =
        [("worker", 6), ("gen", 6), ("pid", 8), ("state", 14), ("execs/s", 11), ("executions", 15)];

    public static IRenderable Draw(CampaignSnapshot snapshot, int width, int height) =>
        width >= MinBoxedWidth && height >= MinBoxedHeight ? Boxed(snapshot, width, height) : Compact(snapshot, width, height);

    private static Rows Boxed(CampaignSnapshot s, int width, int height)
    {
        var warning = s.Warnings.Count > 0 ? 1 : 0;
        var free = Math.Max(2, height - FixedRows - warning);
        // Each may fill what the other does not need; when both want more, they share.
        var workers = Math.Min(s.Workers.Count, free - Math.Clamp(s.Findings.Count, 1, free / 2));
        var findings = free - workers;
        var parts = new List<IRenderable> { Title(s, width), Numbers(s, width), Workers(s, workers), Findings(s, findings, width) };
        if (warning > 0)
            parts.Add(Line($"! {s.Warnings[^1]}", width, "yellow"));
        return new Rows(parts);
    }

    private static Markup Title(CampaignSnapshot s, int width) => Line($"shmem-fuzz  {s.Target}  ·  {s.Stage}  ·  {Time(s)}", width, "bold");

    private static Panel Numbers(CampaignSnapshot s, int width)
    {
        var share = s.EdgesTotal > 0 ? (double)s.EdgesFound / s.EdgesTotal : 0;
        var grid = new Grid { Expand = true };
        for (var column = 0; column < 4; column++)
            grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(0, 0, 2, 0) });
        Row(grid, ("executions", Quantity.Count(s.Executions), "bold"), ("crashes", Quantity.Count(s.Crashes), s.Crashes > 0 ? "bold red" : "bold"));
        Row(grid, ("per second", Quantity.Count(s.ExecutionsPerSecond), "bold"), ("hangs", Quantity.Count(s.Hangs), s.Hangs > 0 ? "bold yellow" : "bold"));
        Row(grid, ("corpus", Quantity.Count(s.CorpusCount), "bold"), ("known again", Quantity.Count(s.KnownFindings), "default"));
        Row(grid, ("last find", Quantity.Age(s.LastFind), "default"), ("last crash", Quantity.Age(s.LastCrash), "default"));
        var edges = new Markup(string.Create(CultureInfo.InvariantCulture,
            $"[grey]edges      [/]  {Bar(share, Math.Max(10, width - 46))} {s.EdgesFound:N0} of {s.EdgesTotal:N0} ({share:P1})"));
        return new Panel(new Rows(grid, edges)) { Border = BoxBorder.Rounded, Padding = new Padding(1, 0), Expand = true };
    }

    private static void Row(Grid grid, params ReadOnlySpan<(string Name, string Value, string Style)> cells)
    {
        var markup = new List<IRenderable>();
        foreach (var (name, value, style) in cells)
        {
            markup.Add(new Markup($"[grey]{name.PadRight(11)}[/]"));
            markup.Add(new Markup($"[{style}]{Markup.Escape(value)}[/]"));
        }
        grid.AddRow([.. markup]);
    }

    private static Table Workers(CampaignSnapshot s, int rows)
    {
        var table = new Table { Border = TableBorder.Horizontal, Expand = true };
        foreach (var (head, width) in s_workerColumns)
            table.AddColumn(new TableColumn($"[grey]{head}[/]") { Width = width, Padding = new Padding(1, 0), Alignment = head is "state" ? Justify.Left : Justify.Right });
        // The last row stands for all that have none.
        var shown = s.Workers.Count <= rows ? rows : rows - 1;
        foreach (var w in s.Workers.Take(shown))
            WorkerCells(table, $"{w.Slot}", $"{w.Generation}", w.Pid is { } pid ? $"{pid}" : "-", w.State, w.ExecutionsPerSecond, w.Executions);
        if (shown < s.Workers.Count)
        {
            var rest = s.Workers.Skip(shown).ToList();
            WorkerCells(table, $"+{rest.Count}", "", "", "more", rest.Sum(w => w.ExecutionsPerSecond), rest.Sum(w => (double)w.Executions));
        }
        return table;
    }

    private static void WorkerCells(Table table, string slot, string generation, string pid, string state, double rate, double executions)
    {
        string[] cells = [slot, generation, pid, state, Quantity.Count(rate), Quantity.Count(executions)];
        table.AddRow([.. cells.Zip(s_workerColumns, (text, column) => (IRenderable)Line(text, column.Width, "default"))]);
    }

    private static Rows Findings(CampaignSnapshot s, int rows, int width)
    {
        var extra = s.Unreproduced > 0 ? $", {Quantity.Count(s.Unreproduced)} did not reproduce" : "";
        var lines = new List<IRenderable>
        {
            Line($" findings: {s.Findings.Count}{extra}; worker deaths: {Quantity.Count(s.Deaths)}", width, "grey"),
        };
        if (s.Findings.Count == 0)
            lines.Add(Line("   none yet", width, "default"));
        foreach (var finding in s.Findings.Reverse().Take(rows))
            lines.Add(Line("   " + Describe(finding), width, "default"));
        return new Rows(lines);
    }

    private static Rows Compact(CampaignSnapshot s, int width, int height)
    {
        var share = s.EdgesTotal > 0 ? 100.0 * s.EdgesFound / s.EdgesTotal : 0;
        List<string> lines =
        [
            $"{s.Target} {Time(s)}",
            $"execs {Quantity.Count(s.Executions)}  {Quantity.Count(s.ExecutionsPerSecond)}/s",
            $"crashes {s.Crashes}  hangs {s.Hangs}",
            string.Create(CultureInfo.InvariantCulture, $"edges {s.EdgesFound}/{s.EdgesTotal} ({share:F1} %)"),
            $"corpus {Quantity.Count(s.CorpusCount)}  last find {Quantity.Age(s.LastFind)}",
            $"workers {s.WorkersRunning}/{s.WorkersWanted}  {s.Stage}",
        ];
        lines.AddRange(s.Findings.Reverse().Select(Describe));
        return new Rows(lines.Take(Math.Max(1, height)).Select(line => Line(line, width, "default")));
    }

    private static string Describe(FindingRecord f)
    {
        var exception = f.Exception is { } type ? $" {type[(type.LastIndexOf('.') + 1)..]}" : "";
        return $"{f.Kind}{exception} {(f.Frame is { } frame ? $"at {TypeAndMethod(frame)}" : f.Key)}";
    }

    // Namespace.Type.Method(parameters) is too long for a line; the summary has it whole.
    private static string TypeAndMethod(string frame)
    {
        var end = frame.IndexOf('(');
        var name = end < 0 ? frame : frame[..end];
        // Two characters back: a constructor's name begins with a dot.
        var method = name.Length < 2 ? -1 : name.LastIndexOf('.', name.Length - 2);
        if (method > 0 && name[method - 1] == '.')
            method--;
        var type = method <= 0 ? -1 : name.LastIndexOf('.', method - 1);
        return name[(type + 1)..];
    }

    private static string Time(CampaignSnapshot s) =>
        s.Limit is { } limit ? $"{Quantity.Duration(s.Elapsed)} of {Quantity.Duration(limit)}" : Quantity.Duration(s.Elapsed);

    private static string Bar(double share, int cells)
    {
        var full = (int)Math.Round(Math.Clamp(share, 0, 1) * cells);
        return $"[green]{new string('━', full)}[/][grey]{new string('─', cells - full)}[/]";
    }

    // Cut here and not by the console, which would wrap it and move the frame.
    private static Markup Line(string text, int width, string style)
    {
        var line = OneLine.Of(text);
        if (line.Length > width)
            line = line[..Math.Max(0, width - 1)] + "…";
        return new Markup($"[{style}]{Markup.Escape(line)}[/]") { Overflow = Overflow.Crop };
    }
}
