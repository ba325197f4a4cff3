using System.Text.Json;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary><c>--json</c>: one JSON object a line for each snapshot. Durations are seconds.</summary>
internal sealed class JsonView(TextWriter output) : IProgressView
{
    public void Show(CampaignSnapshot snapshot)
    {
        output.WriteLine(JsonSerializer.Serialize(snapshot, SnapshotJson.Default.CampaignSnapshot));
        output.Flush();
    }

    public void Dispose() => output.Flush();
}
