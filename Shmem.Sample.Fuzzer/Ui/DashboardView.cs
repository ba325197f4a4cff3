using System.Threading.Channels;
using Spectre.Console;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>The live screen. It draws on the terminal's alternate screen from a thread of its own, so that a slow terminal never holds the
/// campaign up, and leaves the screen and the cursor as they were.</summary>
internal sealed class DashboardView : IProgressView
{
    private readonly IAnsiConsole _console;
    private readonly Channel<CampaignSnapshot> _next = Channel.CreateBounded<CampaignSnapshot>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Task _drawing;

    public DashboardView(IAnsiConsole console)
    {
        _console = console;
        _drawing = Task.Factory.StartNew(DrawAll, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Null, or what the terminal did that ended the drawing; the campaign goes on without a screen.</summary>
    public Exception? Failure { get; private set; }

    public void Show(CampaignSnapshot snapshot) => _next.Writer.TryWrite(snapshot);

    public void Dispose()
    {
        _next.Writer.TryComplete();
        _drawing.Wait();
    }

    private void DrawAll()
    {
        try
        {
            _console.AlternateScreen(DrawScreen);
        }
        catch (Exception e)
        {
            // A view never ends a campaign: its terminal may be gone, or too strange for us.
            Failure = e;
            _next.Writer.TryComplete();
        }
    }

    private void DrawScreen()
    {
        var frame = Take();
        while (frame is not null)
        {
            _console.Clear(home: true);
            var size = Size();
            // One live display for each size of the terminal: Spectre's keeps the largest frame that it has drawn, which a smaller terminal would wrap.
            _console.Live(DashboardLayout.Draw(frame, size.Width, size.Height)).AutoClear(true).Overflow(VerticalOverflow.Crop).Start(live =>
            {
                while ((frame = Take()) is not null && Size() == size)
                    live.UpdateTarget(DashboardLayout.Draw(frame, size.Width, size.Height));
            });
        }
    }

    private (int Width, int Height) Size() => (Math.Max(1, _console.Profile.Width), Math.Max(1, _console.Profile.Height - 1));

    // Blocks this thread, which is the screen's own; null: no more will come.
    private CampaignSnapshot? Take() =>
        _next.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult() && _next.Reader.TryRead(out var snapshot) ? snapshot : null;
}
