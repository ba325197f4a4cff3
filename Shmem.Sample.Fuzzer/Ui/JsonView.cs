using System.Text.Json;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary><c>--json</c>: one JSON object a line for each snapshot. Durations are seconds.</summary>
internal sealed class JsonView(TextWriter output) : IProgressView
{
    public void Show(CampaignSnapshot snapshot)
    {
        try
        {
            output.WriteLine(JsonSerializer.Serialize(snapshot, SnapshotJson.Default.CampaignSnapshot));
            output.Flush();
        }
        catch (IOException)
        {
            // Stdout is closed, or a file on a full disk. The findings are in OUT all the same.
        }
    }

    public void Dispose()
    {
        // Every line was flushed; the writer is the caller's.
    }
}
